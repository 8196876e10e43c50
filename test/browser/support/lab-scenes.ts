import type { Page } from 'playwright-core';
import { settled } from './lab-page.js';
import { panelOf } from './panel.js';

/** By the name of a picture: what is done in the lab before it is taken, and which panel alone it shows. */
export const LAB_SCENES: Readonly<
  Record<string, { readonly panel?: string; readonly prepare: (page: Page) => Promise<void> }>
> = {
  lab: { prepare: (page) => settled(page, 'Throughput') },
  'lab-write-protected': {
    panel: 'Throughput',
    async prepare(page) {
      await page.getByLabel('Copy mode').selectOption('write-protected');
      await settled(page, 'Throughput');
      await page.locator('[data-cell="4/2"]').click();
    },
  },
  'lab-breakeven': { panel: 'Break-even', prepare: (page) => settled(page, 'Break-even') },
  'lab-sweep': {
    panel: 'Sweep',
    async prepare(page) {
      const panel = panelOf(page, 'Sweep');
      // Few values, because a picture has a maximum size.
      await panel.getByLabel('Values', { exact: true }).first().fill('1,16');
      await panel.getByLabel('Values', { exact: true }).last().fill('2M,16M,128M');
      await panel.getByLabel(/^cpu min/).uncheck();
      await settled(page, 'Sweep');
    },
  },
  'lab-tiering': { panel: 'Tiering', prepare: (page) => settled(page, 'Tiering') },
  'lab-zone': {
    panel: 'A zone',
    async prepare(page) {
      const panel = panelOf(page, 'A zone');
      // The filling, the freeing, and a good part of the compaction.
      await panel.getByLabel('Speed').fill('9');
      await panel.getByRole('button', { name: 'Step' }).click();
      await panel.getByText('compacting').waitFor();
    },
  },
  'lab-race': {
    panel: 'A race',
    async prepare(page) {
      const panel = panelOf(page, 'A race');
      await panel.getByLabel('Mistake').selectOption('protect-unflushed');
      await panel.getByRole('button', { name: 'Search' }).click();
      await panel.getByRole('button', { name: 'To the next break' }).click({ timeout: 60_000 });
    },
  },
  'lab-narrow': { panel: 'Throughput', prepare: (page) => settled(page, 'Throughput') },
};
