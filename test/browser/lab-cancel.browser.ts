import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PageScope } from './support/in-page.js';
import { openLab, settled } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

test('a long surface is cancelled, keeps what it has, and runs again', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Throughput');
  await settled(page, 'Throughput');
  await panel.getByLabel('Moved in all').selectOption('1G');
  const cell = panel.locator('table.heat button');
  const cancel = panel.getByRole('button', { name: 'Cancel' });
  await panel.locator('.heat td.stale').first().waitFor();
  await panel.locator('.heat td:not(.stale) button', { hasText: /\d/ }).first().waitFor({ timeout: 60_000 });
  await cancel.click();
  await panel.getByRole('button', { name: 'Run again' }).waitFor();
  const texts = await cell.allTextContents();
  const missing = texts.filter((text) => text === '·').length;
  assert.ok(missing > 0 && missing < texts.length, `${missing} of ${texts.length} are missing`);
  await panel.getByLabel('Moved in all').selectOption('16M');
  await settled(page, 'Throughput');
  assert.ok((await cell.allTextContents()).every((text) => /^\d/.test(text)));
});

/** Frames of a page that draws. */
const FRAMES = 5;

test('the page goes on drawing while a cell is simulated', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Throughput');
  await settled(page, 'Throughput');
  await panel.getByLabel('Moved in all').selectOption('1G');
  await panel.getByRole('button', { name: 'Cancel' }).waitFor();
  // Frames are counted in the page itself, as long as cells are simulated: all of them take longer than many frames.
  const frames = await page.evaluate(
    (enough) =>
      new Promise<number>((resolve) => {
        const { document, requestAnimationFrame } = globalThis as unknown as PageScope;
        let count = 0;
        const next = () => {
          const simulates = document.querySelectorAll('.heat td.stale').length > 0;
          if (simulates) count++;
          if (simulates && count < enough) requestAnimationFrame(next);
          else resolve(count);
        };
        requestAnimationFrame(next);
      }),
    FRAMES,
  );
  assert.equal(frames, FRAMES);
  await panel.getByRole('button', { name: 'Cancel' }).click();
});

test('a search without end is cancelled', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'A race');
  // Without merges there is no mistake with them, and nothing to be found.
  await page.getByLabel('IOMMU merges pages').uncheck();
  await panel.getByLabel('Mistake').selectOption('merge-ignored');
  await panel.getByLabel('Schedules').fill('100000');
  await panel.getByRole('button', { name: 'Search' }).click();
  await panel.getByText(/schedules tried/).waitFor();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await panel.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
  assert.equal(await panel.locator('.lanes').count(), 0);
});
