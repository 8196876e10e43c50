import type { Locator, Page } from 'playwright-core';

/** A panel by its title. */
export function panelOf(page: Page, title: string): Locator {
  return page.getByRole('region', { name: title, exact: true });
}
