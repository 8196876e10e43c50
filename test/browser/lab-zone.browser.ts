import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { CompactionFigures } from '../../src/sim/experiments/compaction.js';
import { spawnCli } from '../cli/run-cli.js';
import type { PageCanvas } from './support/in-page.js';
import { commandOf, openLab, slide, valuesOf } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

/** How many pixels of the zone have each colour, and how many there are. */
async function pixelsOf(page: Page): Promise<{ readonly all: number; readonly counts: readonly number[] }> {
  return await panelOf(page, 'A zone')
    .locator('canvas')
    .evaluate((canvas: PageCanvas) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const counts = new Map<number, number>();
      for (const pixel of new Uint32Array(data.buffer)) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      return { all: width * height, counts: [...counts.values()].sort((a, b) => a - b) };
    });
}

for (const [migrator, hogs] of [
  ['dcbm', 0],
  ['baseline', 2],
] as const) {
  test(`a zone, played: ${migrator}, hogs: ${hogs}; its figures are the command's`, async (context) => {
    const page = await openLab(context);
    const panel = panelOf(page, 'A zone');
    await slide(page, /^Hogs/, hogs);
    await panel.getByLabel('Huge pages wanted').selectOption('16');
    await panel.getByLabel('Migrator').selectOption(migrator);
    const blocks = 2 * 16 + 4;
    const pages = blocks * 512;
    await panel.getByRole('img', { name: `${pages.toLocaleString('en-US')} pages` }).waitFor();
    assert.deepEqual(await pixelsOf(page), { all: pages, counts: [pages] }, 'one pixel a page, all free');
    await slide(page, 'Speed', 6);
    await panel.getByRole('button', { name: 'Step' }).click();
    await panel.getByText('freeing every second one').waitFor();
    await panel.getByRole('button', { name: 'Step' }).click();
    await panel.getByText('compacting').waitFor();
    await panel.getByRole('button', { name: 'Play' }).click();
    await panel.getByText('done, every page checked').waitFor({ timeout: 60_000 });
    const values = await valuesOf(panel.locator('.exact data'));
    const { status, stdout } = spawnCli([...(await commandOf(page, 'A zone')), '--json']);
    assert.equal(status, 0);
    const rows = (JSON.parse(stdout) as { rows: CompactionFigures[] }).rows;
    const row = rows.find((each) => each.migrator === migrator && each.hogs === hogs)!;
    const { wallMs, userPercent, sysPercent, idlePercent, hogIterations } = row;
    assert.deepEqual(values.map(Number), [wallMs, userPercent, sysPercent, idlePercent, hogIterations]);
    const { counts } = await pixelsOf(page);
    assert.ok(counts.includes(16 * 512), `pixels of huge pages among ${counts}`);
    assert.ok(counts.includes(row.migrated), `pixels of ${row.migrated} migrated pages among ${counts}`);
  });
}

test('paused it stays, and from the beginning it is free again', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'A zone');
  await slide(page, 'Speed', 0);
  await panel.getByRole('button', { name: 'Play' }).click();
  await panel.getByText('filling it with pages').waitFor();
  await page.waitForTimeout(200);
  await panel.getByRole('button', { name: 'Pause' }).click();
  await panel.getByRole('button', { name: 'Play' }).waitFor();
  const before = await pixelsOf(page);
  assert.equal(before.counts.length, 2);
  await panel.getByRole('button', { name: 'From the beginning' }).click();
  await panel.locator('.figure dd', { hasText: /^0\.00/ }).waitFor();
  await page.waitForTimeout(100);
  assert.equal((await pixelsOf(page)).counts.length, 1);
});
