import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { spawnCli } from '../cli/run-cli.js';
import type { PageElement } from './support/in-page.js';
import { commandOf, openLab, settled, slide, valuesOf } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

interface Figures {
  readonly folio: string;
  readonly row: string;
  readonly GBps: number;
  readonly ns: number;
  readonly sysNs: number;
  readonly idleNs: number;
  readonly readerWaitNs: number;
  readonly writerWaitNs: number;
}

/** What the table of all figures has, with all digits. */
async function figuresOf(page: Page): Promise<Figures[]> {
  const lines = await panelOf(page, 'Throughput')
    .locator('details table tbody tr')
    .evaluateAll((rows: PageElement[]) =>
      rows.map((row) => ({
        texts: [...row.children].map((cell) => cell.textContent),
        values: [...row.querySelectorAll('data')].map((data) => Number(data.getAttribute('value'))),
      })),
    );
  return lines.map(({ texts, values: [GBps, ns, sysNs, idleNs, readerWaitNs, writerWaitNs] }) => ({
    folio: texts[0]!,
    row: texts[1]!,
    GBps: GBps!,
    ns: ns!,
    sysNs: sysNs!,
    idleNs: idleNs!,
    readerWaitNs: readerWaitNs!,
    writerWaitNs: writerWaitNs!,
  }));
}

interface CliRow extends Omit<Figures, 'row'> {
  readonly migrator: string;
  readonly channels?: number;
  readonly threads?: number;
}

function simMove(...args: string[]): Figures[] {
  const { status, stdout, stderr } = spawnCli(['sim', 'move', '--bytes', '16M', ...args, '--json']);
  assert.equal(status, 0, stderr);
  const rows = (JSON.parse(stdout) as { rows: CliRow[] }).rows;
  return rows.map(({ migrator, channels, threads, ...row }) => {
    const { folio, GBps, ns, sysNs, idleNs, readerWaitNs, writerWaitNs } = row;
    const label =
      migrator === 'dcbm' ? `${channels} ch` : migrator === 'mtcopy' ? `${threads} thr` : migrator;
    return { folio, row: label, GBps, ns, sysNs, idleNs, readerWaitNs, writerWaitNs };
  });
}

test('every cell is what the command prints, to the last digit', async (context) => {
  const page = await openLab(context);
  await page.getByLabel('Moved in all').selectOption('16M');
  await settled(page, 'Throughput');
  const figures = await figuresOf(page);
  assert.equal(figures.length, 42);
  assert.deepEqual(figures, simMove());
});

test('the same on another machine: setup, no IOMMU, hogs, seed', async (context) => {
  const page = await openLab(context);
  await page.getByLabel('Moved in all').selectOption('16M');
  await slide(page, 'Setup of a descriptor', 2500);
  await page.getByLabel('IOMMU merges pages').uncheck();
  await slide(page, /^Hogs/, 1);
  await page.getByLabel('Seed').fill('7');
  await page.getByLabel('Migrator').first().selectOption('mtcopy');
  await settled(page, 'Throughput');
  const machine = ['--set', 'dma.descriptorNs=2500', '--set', 'dma.iommu=0', '--hogs', '1', '--seed', '7'];
  const threads = ['--migrator', 'baseline,mtcopy', '--threads', '1,2,4,8,12,16'];
  assert.deepEqual(await figuresOf(page), simMove(...machine, ...threads));
  await page.getByLabel('Migrator').first().selectOption('dcbm');
  await settled(page, 'Throughput');
  assert.deepEqual(await figuresOf(page), simMove(...machine));
});

test('a surface over batches: the command of each chosen cell gives its figures', async (context) => {
  const page = await openLab(context);
  await page.getByLabel('Moved in all').selectOption('16M');
  await page.getByLabel('Rows').selectOption('batch');
  await slide(page, 'DMA channels', 4);
  await settled(page, 'Throughput');
  const map = panelOf(page, 'Throughput').locator('table.heat');
  for (const cell of ['1/0', '3/2', '7/5', '0/1']) {
    await map.locator(`[data-cell="${cell}"]`).click();
    await detailIsTheCommands(page, cell);
  }
});

for (const [size, pages] of [
  ['2M', 512],
  ['64K', 16],
] as const) {
  test(`write-protected, ${size} cut over at once: every cell is the command's, and readers wait less`, async (context) => {
    const page = await openLab(context);
    await page.getByLabel('Moved in all').selectOption('16M');
    await page.getByLabel('Copy mode').selectOption('write-protected');
    await page.getByLabel('Cut over at once').selectOption(size);
    await settled(page, 'Throughput');
    const figures = await figuresOf(page);
    const flag = pages === 512 ? [] : ['--cutover-pages', String(pages)];
    assert.deepEqual(figures, simMove('--copy-mode', 'write-protected', ...flag));
    assert.ok(figures.every(({ readerWaitNs, writerWaitNs }) => readerWaitNs < writerWaitNs));
    const map = panelOf(page, 'Throughput').locator('table.heat');
    for (const cell of ['0/1', '2/3']) {
      await map.locator(`[data-cell="${cell}"]`).click();
      await detailIsTheCommands(page, cell);
    }
    assert.equal((await commandOf(page, 'Throughput')).includes('--cutover-pages'), pages !== 512);
  });
}

/** The figures of the chosen cell are those that the command beside them prints. */
async function detailIsTheCommands(page: Page, cell: string): Promise<void> {
  const panel = panelOf(page, 'Throughput');
  const shown = (await valuesOf(panel.locator('.detail data'))).map(Number);
  const { status, stdout } = spawnCli([...(await commandOf(page, 'Throughput')), '--json']);
  assert.equal(status, 0);
  const { rows } = JSON.parse(stdout) as { rows: CliRow[] };
  assert.equal(rows.length, 1);
  const { GBps, ns, readerWaitNs, writerWaitNs } = rows[0]!;
  assert.deepEqual(shown, [GBps, ns, readerWaitNs, writerWaitNs], cell);
}
