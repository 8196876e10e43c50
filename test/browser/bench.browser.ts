import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchAnswer } from '../../src/dashboard/messages.js';
import { eventually, openView } from './support/ferry-page.js';
import { panelOf } from './support/panel.js';
import type { ServedFerry } from './support/served-ferry.js';

const LIMIT = { timeout: 180_000 };

async function answer(ferry: ServedFerry): Promise<BenchAnswer> {
  return (await (await ferry.ask('/api/bench')).json()) as BenchAnswer;
}

test(
  'bench move is run from the page: its rows, the limit, and another machine beside it',
  LIMIT,
  async (context) => {
    const { ferry, page } = await openView(context, 'bench');
    await panelOf(page, 'Another machine').getByText('RFC v4').waitFor();
    const run = panelOf(page, 'Run');
    await run.getByLabel('Folio sizes').fill('64K,2M');
    await run.getByLabel('Migrators').fill('baseline,mtcopy');
    await run.getByLabel('Bytes a run').fill('8M');
    await run.getByLabel('Runs').fill('2');
    await run.getByRole('button', { name: 'Run bench move' }).click();
    await run.getByText(/^done/).waitFor();
    await run.getByText('pageferry bench move --folio 64K,2M --migrator baseline,mtcopy').waitFor();
    const { report } = await answer(ferry);
    const { rows } = report as { rows: { folio: string; medianGBps: number; verified: boolean }[] };
    const table = panelOf(page, 'Rows');
    const shown = await table.getByRole('row').count();
    assert.equal(shown - 1, rows.length);
    assert.ok(rows.every(({ verified }) => verified));
    for (const [i, { folio, medianGBps }] of rows.entries()) {
      const row = table.getByRole('row').nth(i + 1);
      assert.equal(await row.getByRole('rowheader').textContent(), folio);
      assert.equal(await row.getByRole('cell').nth(1).textContent(), medianGBps.toFixed(2));
    }
    await panelOf(page, 'This host').getByText('copy limit').waitFor();
  },
);

test('bench stall is run from the page', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'bench');
  const run = panelOf(page, 'Run');
  await run.getByLabel('stall: waits').check();
  await run.getByLabel('Batches').fill('2M');
  await run.getByLabel('Bytes').fill('32M');
  await run.getByLabel('Copy mode').fill('exclusive,write-protected');
  await run.getByLabel('Migrators').fill('baseline');
  await run.getByLabel('Seconds').fill('0.2');
  await run.getByRole('button', { name: 'Run bench stall' }).click();
  await run.getByText(/^done/).waitFor();
  const { report } = await answer(ferry);
  assert.ok((report as { rows: unknown[] }).rows.length > 0);
  assert.ok((await panelOf(page, 'Rows').getByRole('row').count()) > 2);
  await panelOf(page, 'Waits').waitFor();
});

test('a bench is stopped, and one that cannot be run says why', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'bench');
  const run = panelOf(page, 'Run');
  await run.getByLabel('Bytes a run').fill('512M');
  await run.getByLabel('Runs').fill('100');
  await run.getByRole('button', { name: 'Run bench move' }).click();
  await run.getByRole('button', { name: 'Stop' }).click();
  await run.getByText('stopped', { exact: true }).waitFor();
  await eventually(
    () => answer(ferry),
    ({ state }) => state?.status === 'stopped',
  );
  await run.getByLabel('Folio sizes').fill('3K');
  await run.getByRole('button', { name: 'Run bench move' }).click();
  await run
    .getByText(/--folio.*3K/)
    .first()
    .waitFor();
  await run.getByLabel('Folio sizes').fill('--json=/etc/passwd');
  await run.getByRole('button', { name: 'Run bench move' }).click();
  await run.getByRole('alert').filter({ hasText: 'EINVAL' }).waitFor();
});
