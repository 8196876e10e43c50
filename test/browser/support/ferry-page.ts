import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { ServedFerry } from './served-ferry.js';

export interface FerryPage {
  readonly ferry: ServedFerry;
  readonly page: Page;
}

export type View = 'live' | 'bench' | 'lab';

/**
 * A view of a live ferry, as who opens the printed address has it. At the test's end the page must have reported no error,
 * and the ferry's program must have found every update that it made.
 */
export async function openView(
  context: TestContext,
  view: View,
  options: BrowserContextOptions = {},
): Promise<FerryPage> {
  const ferry = await ServedFerry.start('--bytes', '64M');
  const browser = await openBrowser();
  const wrong: string[] = [];
  context.after(async () => {
    await browser.close();
    assert.equal(await ferry.end(), 0, 'the program has lost nothing');
    assert.deepEqual(wrong, [], 'the page has reported errors');
  });
  const window = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // A busy host is slow: the test's own limit is what ends it.
  window.setDefaultTimeout(60_000);
  const page = await window.newPage();
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('console', (message) => {
    // An answer that refuses is told there too.
    if (message.type() === 'error' && !message.location().url.includes('/api/')) wrong.push(message.text());
  });
  await page.goto(ferry.url);
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  await showView(page, view);
  return { ferry, page };
}

export async function showView(page: Page, view: View): Promise<void> {
  const title = view[0]!.toUpperCase() + view.slice(1);
  await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('main', { name: title }).waitFor();
}

/** Asks again and again, until it is so. The test's own limit is what ends it. */
export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
