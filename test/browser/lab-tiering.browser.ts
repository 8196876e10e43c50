import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { spawnCli } from '../cli/run-cli.js';
import { tiersJson } from '../sim/tiering/machine.js';
import type { PageElement } from './support/in-page.js';
import { commandOf, openLab, settled, slide } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

interface Line {
  readonly placement: string;
  /** All digits of the figures. */
  readonly values: readonly number[];
}

interface CliRow {
  readonly placement: string;
  readonly nsPerOperation: number;
  readonly hitRatio: number;
  readonly promotedBytes: number;
  readonly demotedBytes: number;
  readonly pingPongs: number;
  readonly waitPart: number;
  readonly cpuPart: number;
  readonly longestOutNs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'pageferry-lab-'));
test.after(() => rmSync(folder, { recursive: true }));

/** The table of the panel. */
function shown(page: Page): Promise<Line[]> {
  return panelOf(page, 'Tiering')
    .locator('tbody tr')
    .evaluateAll((rows: PageElement[]) =>
      rows.map((row) => ({
        placement: row.firstElementChild.textContent,
        values: [...row.querySelectorAll('data')].map((data) => Number(data.getAttribute('value'))),
      })),
    );
}

function printed(args: readonly string[]): Line[] {
  const { status, stdout, stderr } = spawnCli([...args, '--json']);
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as { rows: CliRow[] }).rows.map((row) => ({
    placement: row.placement,
    values: [
      row.nsPerOperation,
      row.hitRatio,
      row.promotedBytes,
      row.demotedBytes,
      row.pingPongs,
      row.waitPart,
      row.cpuPart,
      row.longestOutNs,
    ],
  }));
}

/** The figures are those of the command that the panel shows. */
async function assertSame(page: Page, file?: { readonly name: string; readonly path: string }) {
  await settled(page, 'Tiering');
  const lines = await shown(page);
  const args = await commandOf(page, 'Tiering');
  assert.deepEqual(lines, printed(args.map((arg) => (arg === file?.name ? file.path : arg))));
  return { lines, args };
}

test('every figure is the one that the command prints, with the defaults of both', async (context) => {
  const page = await openLab(context);
  const { lines, args } = await assertSame(page);
  assert.deepEqual(args, ['sim', 'tiering', '--program', 'gups']);
  assert.deepEqual(
    lines.map(({ placement }) => placement),
    ['all fast', 'all slow', 'first touch', 'oracle', 'auto', 'recency', 'frequency', 'balance'],
  );
  const bars = panelOf(page, 'Tiering').getByRole('list', { name: /^Time of an operation of gups/ });
  assert.deepEqual(
    await bars.locator('.bar-text').allTextContents(),
    lines.map(({ values: [ns, hits] }) => `${ns!.toPrecision(4)} ns, ${(100 * hits!).toFixed(1)} % hits`),
  );
});

test('the same on other nodes, with another program, other policies, migrator, sizes, figures and seed', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Tiering');
  await panel.getByLabel('Nodes', { exact: true }).selectOption('skylake-2s');
  await panel.getByLabel('Program', { exact: true }).selectOption('graph');
  await panel.getByLabel('Memory', { exact: true }).selectOption('256M');
  await panel.getByLabel(/^Fast node/).fill('10');
  await panel.getByLabel('Migrator', { exact: true }).selectOption('dcbm');
  await panel.getByLabel('Folio', { exact: true }).selectOption('64K');
  await panel.getByLabel('Batch', { exact: true }).selectOption('16M');
  await panel.getByLabel('recency').uncheck();
  await panel.getByLabel('frequency').uncheck();
  await slide(page, 'DMA channels', 8);
  await slide(page, 'Setup of a descriptor', 2500);
  await page.getByLabel('Seed').fill('7');
  const { lines, args } = await assertSame(page);
  assert.deepEqual(
    lines.slice(4).map(({ placement }) => placement),
    ['auto', 'balance'],
  );
  for (const flag of ['--policy', '--profile', '--fast', '--memory', '--channels', '--set', '--seed']) {
    assert.ok(args.includes(flag), flag);
  }
  await panel.getByLabel('Migrator', { exact: true }).selectOption('mtcopy');
  await panel.getByLabel(/^Fast node/).fill('100');
  await assertSame(page);
});

test('nodes from a file, and a file that is refused', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Tiering');
  const name = 'my-nodes.json';
  const path = join(folder, name);
  await panel.getByLabel('Memory', { exact: true }).selectOption('256M');
  writeFileSync(path, JSON.stringify({ ...tiersJson(), costs: 'another', description: 'My machine' }));
  await panel.getByLabel('Load nodes…').setInputFiles(path);
  const { args } = await assertSame(page, { name, path });
  // The costs that the file names are not in the page, so the command names those of the page.
  assert.deepEqual(args.slice(args.indexOf('--costs')).slice(0, 2), ['--costs', 'zen3-ptdma']);
  assert.match((await panel.textContent())!, /My machine/);
  writeFileSync(path, JSON.stringify({ ...tiersJson(), nodes: [] }));
  await panel.getByLabel('Load nodes…').setInputFiles(path);
  assert.match((await panel.getByRole('alert').textContent())!, /nodes: must be 2 nodes/);
});

test('a sentence compares the fastest policy, and without a policy the panel says what to do', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Tiering');
  await panel.getByLabel('Memory', { exact: true }).selectOption('256M');
  await panel.getByLabel('Program', { exact: true }).selectOption('chase');
  await settled(page, 'Tiering');
  const lines = await shown(page);
  const time = (name: string) => lines.find(({ placement }) => placement === name)!.values[0]!;
  const fastest = lines.slice(4).reduce((a, b) => (b.values[0]! < a.values[0]! ? b : a));
  const less = (100 * (1 - fastest.values[0]! / time('first touch'))).toFixed(1);
  const more = (100 * (fastest.values[0]! / time('oracle') - 1)).toFixed(1);
  assert.equal(
    await panel.locator('p[role=status]').textContent(),
    `The fastest policy: ${fastest.placement} needs ${less} % less time than first touch, and ${more} % more time than the oracle.`,
  );
  for (const policy of ['auto', 'recency', 'frequency', 'balance']) {
    await panel.getByLabel(policy, { exact: true }).uncheck();
  }
  await settled(page, 'Tiering');
  assert.equal((await shown(page)).length, 4);
  await panel.getByText('Choose a policy').waitFor();
  assert.equal(await panel.locator('.command').count(), 0);
});
