import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrationState } from '../../src/dashboard/messages.js';
import { eventually, openView } from './support/ferry-page.js';
import { panelOf } from './support/panel.js';
import type { ServedFerry } from './support/served-ferry.js';

const LIMIT = { timeout: 120_000 };
const CHANNELS = 'module/dcbm/parameters/nr_dma_chan';

async function migrations(ferry: ServedFerry): Promise<MigrationState[]> {
  return (await (await ferry.ask('/api/migrations')).json()) as MigrationState[];
}

test('the token leaves the address bar, and a reload goes on', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'live');
  assert.ok(!page.url().includes(ferry.token));
  await page.reload();
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
});

test(
  'a wrong token is refused, by the page and by the API; the right one opens it',
  LIMIT,
  async (context) => {
    const { ferry, page } = await openView(context, 'live');
    const wrong = `${ferry.token.slice(1)}A`;
    const headers = { authorization: `Bearer ${wrong}`, 'content-type': 'text/plain' };
    const refused = await fetch(`${ferry.origin}/api/parameters/${CHANNELS}`, {
      method: 'PUT',
      headers,
      body: '4',
    });
    assert.equal(refused.status, 401);
    assert.equal(await ferry.parameter(CHANNELS), '1');
    // A tab of its own: what is kept is kept for a tab.
    const stranger = await page.context().newPage();
    await stranger.goto(`${ferry.origin}/#token=${wrong}`);
    await stranger.getByRole('heading', { name: 'This ferry needs a token' }).waitFor();
    assert.equal(await stranger.getByRole('textbox', { name: 'nr_dma_chan' }).count(), 0);
    await stranger.getByLabel('Token', { exact: true }).fill(ferry.url);
    await stranger.getByRole('button', { name: 'Open' }).click();
    await stranger.getByRole('textbox', { name: 'nr_dma_chan' }).waitFor();
  },
);

test(
  'a parameter that is set on the page is read from the API, and the other way round',
  LIMIT,
  async (context) => {
    const { ferry, page } = await openView(context, 'live');
    const field = page.getByRole('textbox', { name: 'nr_dma_chan' });
    assert.equal(await field.inputValue(), '1');
    await field.fill('4');
    await field.press('Enter');
    await eventually(
      () => ferry.parameter(CHANNELS),
      (value) => value === '4',
    );
    await ferry.ask(`/api/parameters/${CHANNELS}`, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: '2',
    });
    await eventually(
      () => field.inputValue(),
      (value) => value === '2',
    );
  },
);

test(
  'a value that a parameter cannot have is refused in words, and nothing is set',
  LIMIT,
  async (context) => {
    const { ferry, page } = await openView(context, 'live');
    const row = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('textbox', { name: 'nr_dma_chan' }) });
    await page.getByRole('textbox', { name: 'nr_dma_chan' }).fill('seventeen');
    await row.getByRole('button', { name: 'Set nr_dma_chan' }).click();
    await row.getByRole('alert').filter({ hasText: 'EINVAL' }).waitFor();
    assert.equal(await ferry.parameter(CHANNELS), '1');
    await page.getByRole('textbox', { name: 'nr_dma_chan' }).press('Escape');
    assert.equal(await page.getByRole('textbox', { name: 'nr_dma_chan' }).inputValue(), '1');
  },
);

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  test(`a migration is started, watched and stopped: ${copyMode}`, LIMIT, async (context) => {
    const { ferry, page } = await openView(context, 'live');
    const migrate = panelOf(page, 'Migrate');
    await migrate.getByLabel('Copy mode').selectOption(copyMode);
    await migrate.getByLabel('Back and forth').check();
    await migrate.getByRole('button', { name: 'Migrate', exact: true }).click();
    await migrate.getByRole('progressbar').waitFor();
    await eventually(
      () => migrations(ferry),
      ([first]) => (first?.rounds ?? 0) >= 3,
    );
    // What it draws meanwhile: batches, and what they come to.
    await page.getByRole('img', { name: /^Timeline of \d+ batches in .*, lanes unmap, copy, map/ }).waitFor();
    await page.getByText('migrating', { exact: true }).waitFor();
    const other = copyMode === 'exclusive' ? 0 : 1;
    const { write_protected_folios } = await statsOf(ferry);
    assert.equal(write_protected_folios === 0 ? 0 : 1, other);
    await migrate.getByRole('button', { name: 'Stop' }).click();
    await migrate.getByText('stopped', { exact: true }).waitFor();
    assert.equal((await migrations(ferry))[0]!.status, 'stopped');
    const { batches } = await statsOf(ferry);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await statsOf(ferry)).batches, batches, 'nothing moves any more');
  });
}

test('one migration ends by itself, and its memory is where it was sent', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'live');
  const migrate = panelOf(page, 'Migrate');
  await migrate.getByRole('button', { name: 'Migrate', exact: true }).click();
  await migrate.getByText('done', { exact: true }).waitFor();
  const [done] = await migrations(ferry);
  assert.equal(done!.bytesInAll, done!.bytesTotal);
  const pages = (await (await ferry.ask(`/api/regions/${done!.region}/pages`)).json()) as object;
  assert.deepEqual(Object.keys(pages), ['1']);
});

test('a migrator is registered, swapped while batches move, and taken out', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'live');
  await panelOf(page, 'Migrate').getByLabel('Back and forth').check();
  await panelOf(page, 'Migrate').getByRole('button', { name: 'Migrate', exact: true }).click();
  const migrator = panelOf(page, 'Migrator');
  await migrator.getByLabel('Copy with').selectOption('mtcopy');
  await migrator.getByRole('button', { name: 'Register', exact: true }).click();
  await migrator.getByText('mtcopy copies batches').waitFor();
  await offloads(ferry);
  await migrator.getByLabel('Copy with').selectOption('dcbm');
  await migrator.getByRole('button', { name: 'Swap', exact: true }).click();
  await migrator.getByText('dcbm copies batches').waitFor();
  await offloads(ferry);
  await page.locator('.u-legend').getByText('dcbm').waitFor();
  await page.getByRole('img', { name: /lanes unmap, copy, map.*soft0/ }).waitFor();
  await migrator.getByRole('button', { name: 'Unregister' }).click();
  await migrator.getByText('none: folio by folio').waitFor();
  await panelOf(page, 'Migrate').getByRole('button', { name: 'Stop' }).click();
  await panelOf(page, 'Migrate').getByText('stopped', { exact: true }).waitFor();
});

test('waits are counted while the threads run, and not while they are held', LIMIT, async (context) => {
  const { page } = await openView(context, 'live');
  const waits = panelOf(page, 'Waits of the program');
  const accesses = async (): Promise<number> => {
    const cells = await waits
      .getByRole('row', { name: /^readers/ })
      .getByRole('cell')
      .allTextContents();
    return Number(cells.at(-1)!.replaceAll(',', ''));
  };
  const first = await eventually(accesses, (count) => count > 0);
  await eventually(accesses, (count) => count > first);
  await waits.getByRole('button', { name: 'Pause threads' }).click();
  await waits.getByText('held').waitFor();
  // The round that a thread was at is over well before this.
  await page.waitForTimeout(500);
  const held = await accesses();
  await page.waitForTimeout(500);
  assert.equal(await accesses(), held);
  await waits.getByRole('button', { name: 'Resume threads' }).click();
  await eventually(accesses, (count) => count > held);
});

test('when the ferry has ended the page says so, and keeps what it showed', LIMIT, async (context) => {
  const { ferry, page } = await openView(context, 'live');
  await ferry.end();
  await page.getByText('The ferry is disconnected.').waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'nr_dma_chan' }).inputValue(), '1');
});

async function statsOf(
  ferry: ServedFerry,
): Promise<Record<'batches' | 'offload' | 'write_protected_folios', number>> {
  const text = await (await ferry.ask('/metrics')).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    batches: value('pageferry_batches_total'),
    offload: value('pageferry_offload_batches_total'),
    write_protected_folios: value('pageferry_write_protected_folios_total'),
  };
}

async function offloads(ferry: ServedFerry): Promise<void> {
  const before = (await statsOf(ferry)).offload;
  await eventually(
    () => statsOf(ferry),
    ({ offload }) => offload > before,
  );
}
