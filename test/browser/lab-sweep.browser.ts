import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { spawnCli } from '../cli/run-cli.js';
import type { PageElement } from './support/in-page.js';
import { commandOf, openLab, settled, slide } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

interface Report {
  readonly cells: number;
  readonly objectives: readonly { readonly name: string }[];
  readonly front: readonly { readonly cell: number; readonly objectives: Readonly<Record<string, number>> }[];
  readonly sensitivities: readonly { readonly share: number; readonly means: readonly (number | null)[] }[];
  readonly breakEven: { readonly speedup: readonly (readonly (number | null)[])[] } | null;
}

const folder = mkdtempSync(join(tmpdir(), 'pageferry-lab-'));
test.after(() => rmSync(folder, { recursive: true }));

function printed(args: readonly string[]): Report {
  const { status, stdout, stderr } = spawnCli([...args, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Report;
}

/** All digits of the figures of a table, by row. */
function figuresOf(page: Page, caption: RegExp): Promise<number[][]> {
  return panelOf(page, 'Sweep')
    .getByRole('region', { name: caption })
    .locator('tbody tr')
    .evaluateAll((rows: PageElement[]) =>
      rows.map((row) => [...row.querySelectorAll('data')].map((data) => Number(data.getAttribute('value')))),
    );
}

/** The figures of the panel are those of a report of the command. */
async function assertSame(page: Page, report: Report): Promise<void> {
  const { objectives, front, sensitivities, breakEven } = report;
  assert.ok(front.length > 0);
  assert.deepEqual(
    await figuresOf(page, /^Pareto front/),
    front.map(({ objectives: found }) => objectives.map(({ name }) => found[name])),
  );
  assert.deepEqual(
    await figuresOf(page, /^Sensitivities/),
    sensitivities.map(({ share, means }) => {
      const known = means.filter((mean) => mean !== null);
      return [share, Math.min(...known), Math.max(...known)];
    }),
  );
  assert.deepEqual(
    await figuresOf(page, /^Break-even: mean/),
    (breakEven?.speedup ?? []).map((row) => row.filter((value) => value !== null)),
  );
}

function axisOf(page: Page, at: number): Locator {
  return panelOf(page, 'Sweep').getByRole('group', { name: `Axis ${at}`, exact: true });
}

async function vary(page: Page, at: number, name: string, values: string): Promise<void> {
  await axisOf(page, at).getByLabel('Name', { exact: true }).selectOption(name);
  await axisOf(page, at).getByLabel('Values', { exact: true }).fill(values);
}

test('every figure is the one that the command prints, and the charts are those of its page', async (context) => {
  const page = await openLab(context);
  await settled(page, 'Sweep');
  const args = await commandOf(page, 'Sweep');
  const vary = ['--vary', 'channels=1..16', '--vary', 'batch=2M..256M', '--break-even', 'channels,batch'];
  assert.deepEqual(args, ['sim', 'sweep', ...vary]);
  const html = join(folder, 'sweep.html');
  await assertSame(page, printed([...args, '--html', html]));
  const drawings = await panelOf(page, 'Sweep')
    .locator('.report-charts figure')
    .evaluateAll((figures: PageElement[]) => figures.map(({ textContent }) => textContent));
  await page.goto('about:blank');
  await page.setContent(readFileSync(html, 'utf8'));
  const expected = await page
    .locator('figure')
    .evaluateAll((figures: PageElement[]) => figures.map(({ textContent }) => textContent));
  assert.equal(expected.length, 8);
  assert.deepEqual(drawings, expected);
});

test('the same for a sample of another machine, with other axes, objectives and settings', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Sweep');
  await vary(page, 1, 'dma.descriptorNs', '500..20000:log');
  await vary(page, 2, 'migrator', 'dcbm,mtcopy');
  await panel.getByRole('button', { name: 'Add an axis' }).click();
  await vary(page, 3, 'cpu.copyGBps', '2..20');
  await panel.getByLabel('Which cells').selectOption('latin');
  await panel.getByLabel('Cells of the sample').fill('30');
  await panel.getByLabel('Folio', { exact: true }).selectOption('64K');
  await panel.getByLabel('Moved in a cell').selectOption('16M');
  await panel.getByLabel(/^cpu min/).uncheck();
  await panel.getByLabel(/^writerWaitNs/).check();
  await panel.getByLabel('Break-even').selectOption('cpu.copyGBps,migrator');
  await slide(page, 'DMA channels', 4);
  await page.getByLabel('IOMMU merges pages').uncheck();
  await page.getByLabel('Copy mode').selectOption('write-protected');
  await page.getByLabel('Seed').fill('7');
  await settled(page, 'Sweep');
  const args = await commandOf(page, 'Sweep');
  for (const flag of ['--folio', '--bytes', '--channels', '--copy-mode', '--sample', '--objective']) {
    assert.ok(args.includes(flag), flag);
  }
  for (const flag of ['--break-even', '--set', '--seed']) assert.ok(args.includes(flag), flag);
  const report = printed(args);
  assert.equal(report.cells, 30);
  await assertSame(page, report);
  // The migrators have no order, so their means are bars, within their drawing.
  const outside = await panel
    .locator('.report-charts figure > svg g .bar')
    .evaluateAll((bars: PageElement[]) =>
      bars.map((bar) => {
        const drawing = bar.parentElement!.parentElement!.getBoundingClientRect();
        return Math.max(0, bar.getBoundingClientRect().right - drawing.right);
      }),
    );
  assert.ok(outside.length > 0);
  assert.deepEqual(new Set(outside), new Set([0]));
});

test('a range is written as text or in its parts', async (context) => {
  const page = await openLab(context);
  const field = (label: RegExp) => axisOf(page, 2).getByLabel(label);
  await vary(page, 2, 'dma.descriptorNs', '500..8000');
  assert.equal(await field(/^From$/).inputValue(), '500');
  assert.equal(await field(/^To$/).inputValue(), '8000');
  await field(/^To$/).fill('');
  await field(/^To$/).fill('4000');
  await field(/^Count/).fill('3');
  await field(/^Steps$/).selectOption('log');
  assert.equal(await field(/^Values$/).inputValue(), '500..4000:log3');
  await field(/^Values$/).fill('1000,2000');
  assert.equal(await field(/^From$/).inputValue(), '');
  await field(/^Name$/).selectOption('copyMode');
  assert.equal(await field(/^Values$/).inputValue(), 'exclusive,write-protected');
  assert.equal(await field(/^From$/).isDisabled(), true);
});

test('a field that is wrong is named, with what would be right, and the results stay', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Sweep');
  await settled(page, 'Sweep');
  const before = await figuresOf(page, /^Pareto front/);
  const values = axisOf(page, 1).getByLabel('Values', { exact: true });
  const alert = panel.getByRole('alert');
  await values.fill('1..many');
  assert.equal(
    await alert.textContent(),
    "Axis 1 channels: 'many' is not a value of it. Use a whole number from 1 to 16.",
  );
  assert.equal(await values.getAttribute('aria-invalid'), 'true');
  assert.equal(
    await axisOf(page, 2).getByLabel('Values', { exact: true }).getAttribute('aria-invalid'),
    'false',
  );
  assert.equal(await panel.locator('.command').count(), 0);
  assert.deepEqual(await figuresOf(page, /^Pareto front/), before);
  await vary(page, 1, 'cpu.copyGBps', '1..2:20000');
  assert.match((await alert.textContent())!, /^Axes: the grid has 160,000 cells, more than 10,000/);
  await values.fill('1..2:2');
  await settled(page, 'Sweep');
  assert.equal(await alert.count(), 0);
  await axisOf(page, 2).getByRole('button', { name: 'Remove axis 2' }).click();
  assert.equal(await panel.getByLabel('Break-even').inputValue(), '');
  assert.equal(await panel.getByRole('button', { name: /^Remove axis/ }).count(), 0);
  for (const name of [/^GBps/, /^cpu min/, /^firstFolioNs/]) await panel.getByLabel(name).uncheck();
  assert.match((await alert.textContent())!, /^Objectives: none is chosen/);
});

test('a long sweep shows what it has, and is cancelled', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Sweep');
  await panel.getByLabel('Moved in a cell').selectOption('1G');
  await panel.getByLabel('Folio', { exact: true }).selectOption('4K');
  const part = panel.getByText(/^Migrations in \d+ of 128 cells/);
  await part.waitFor({ timeout: 120_000 });
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await panel.getByRole('button', { name: 'Run again' }).waitFor();
  assert.equal(await part.count(), 1);
});

test('cells of a file have the figures of the command that wrote it', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Sweep');
  const jsonl = join(folder, 'cells.jsonl');
  const args = ['sim', 'sweep', '--vary', 'dma.descriptorNs=500..20000:log', '--vary', 'migrator=cpu,dcbm'];
  const sample = ['--bytes', '4M', '--sample', 'random:40', '--break-even', 'dma.descriptorNs,migrator'];
  const report = printed([...args, ...sample, '--jsonl', jsonl]);
  const open = (path: string) => panel.getByLabel('Open cells…').setInputFiles(path);
  await open(jsonl);
  await settled(page, 'Sweep');
  await panel.getByText('Migrations in 40 cells of a random sample').waitFor();
  assert.equal(await axisOf(page, 1).count(), 0);
  await panel.getByLabel('Break-even').selectOption('dma.descriptorNs,migrator');
  await settled(page, 'Sweep');
  await assertSame(page, report);
  const text = readFileSync(jsonl, 'utf8');
  const damaged = join(folder, 'damaged.jsonl');
  writeFileSync(damaged, text.replace('"cell":3', '"cell":4'));
  await open(damaged);
  await panel.getByText(/^damaged\.jsonl: is damaged: line 5 is not cell 3\. Write it again/).waitFor();
  // The file that was corrected is opened again.
  writeFileSync(damaged, text);
  await open(damaged);
  await panel.getByText('Migrations in 40 cells of a random sample').waitFor();
  assert.equal(await panel.getByRole('alert').count(), 0);
  await panel.getByLabel('Cells', { exact: true }).selectOption('simulated here');
  await panel.getByText('Migrations in 128 cells of a grid').waitFor({ timeout: 60_000 });
});
