import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { MigrationError } from '../../src/index.js';
import { watchesOf } from '../dashboard/support/watches.js';
import { eventually, openView, showView } from './support/ferry-page.js';
import type { PageCanvas } from './support/in-page.js';
import { panelOf } from './support/panel.js';
import { openWatched } from './support/watched-page.js';

const LIMIT = { timeout: 120_000 };

function heatOf(page: Page): Locator {
  return panelOf(page, 'Heat');
}

function mapOf(page: Page, region: string): Locator {
  return heatOf(page).getByRole('img', { name: new RegExp(`^Heat map of ${region}: `) });
}

async function watch(page: Page): Promise<void> {
  await heatOf(page).getByRole('button', { name: 'Watch', exact: true }).click();
}

test(
  'the heat is off until it is turned on, and is drawn with all that belongs to it',
  LIMIT,
  async (context) => {
    const { page } = await openView(context, 'live');
    const panel = heatOf(page);
    await panel.getByRole('status').filter({ hasText: 'Off. It costs nothing' }).waitFor();
    assert.equal(await panel.getByRole('img').count(), 0);
    await watch(page);
    await panel.getByRole('status').filter({ hasText: 'Watching counters.' }).waitFor();
    const map = mapOf(page, 'counters');
    const description = await eventually(
      async () => (await map.getAttribute('aria-label')) ?? '',
      (text) => text.includes('The hottest row is at'),
    );
    assert.match(description, /^Heat map of counters: 64M by \d/);
    assert.match(description, /accesses per second and 4K page\.$/);
    await eventually(
      () => map.evaluate(coloursOf),
      (colours) => colours > 1,
    );
    const legend = panel.getByRole('list', { name: 'Colours of the heat map' });
    await legend.getByText('unknown', { exact: true }).waitFor();
    assert.ok((await legend.getByRole('listitem').count()) >= 2);
    await panel.getByText(/% of the map is unknown: it was not watched, or not for long\.$/).waitFor();
    await panel.getByText(/^Half of the known cells are based on .* or more observations/).waitFor();
    await panel.getByText(/^The source \w+ sees .*% of a CPU.*units watched/).waitFor();
    const sets = panel.getByRole('table', { name: 'Bytes that are touched within a time' });
    assert.deepEqual(await sets.getByRole('rowheader').allTextContents(), ['1 s', '10 s', '60 s']);
    assert.deepEqual(await sets.getByRole('columnheader').allTextContents(), [
      'Within',
      'At least',
      'Estimate',
      'At most',
      'Unknown',
    ]);
    const hottest = panel.getByRole('region', { name: 'Hottest memory' }).getByRole('rowheader');
    assert.match((await hottest.first().textContent())!, /^(0|\d+M)$/);
    // Stopped, the last picture stays.
    await panel.getByRole('button', { name: 'Stop watching' }).click();
    await panel.getByRole('status').filter({ hasText: 'Off. This is the last heat of counters.' }).waitFor();
    assert.equal(await map.count(), 1);
  },
);

test('pages share a watch, which ends when nobody looks any more', LIMIT, async (context) => {
  const { regions, page, another } = await openWatched(context);
  const [first, second] = regions.map((region) => watchesOf(context, region));
  const other = await another();
  for (const each of [page, other]) {
    await watch(each);
    await mapOf(each, 'first').waitFor();
  }
  assert.equal(first!.length, 1);
  await heatOf(page).getByRole('button', { name: 'Stop watching' }).click();
  await heatOf(page).getByRole('status').filter({ hasText: 'Off.' }).waitFor();
  const units = () => unitsWatched(other);
  const before = await eventually(units, (count) => count > 0);
  await eventually(units, (count) => count > before);
  assert.equal(first![0]!.aborted, false);
  // Another region on one page is another watch.
  await heatOf(other).getByLabel('Watched region').selectOption({ label: 'second (12M)' });
  await mapOf(other, 'second').waitFor();
  await eventually(
    async () => first![0]!.aborted,
    (aborted) => aborted,
  );
  assert.equal(second!.length, 1);
  // A page that shows another view, one that is hidden, and one that is closed do not look.
  const ended = (watch: number) =>
    eventually(
      async () => second![watch]?.aborted,
      (aborted) => aborted === true,
    );
  await showView(other, 'bench');
  await ended(0);
  await showView(other, 'live');
  await heatOf(other).getByLabel('Watched region').selectOption({ label: 'second (12M)' });
  await watch(other);
  await eventually(
    async () => second!.length,
    (count) => count === 2,
  );
  await other.evaluate(setHidden, true);
  await ended(1);
  await other.evaluate(setHidden, false);
  await eventually(
    async () => second!.length,
    (count) => count === 3,
  );
  assert.equal(second![2]!.aborted, false);
  await other.close();
  await ended(2);
  assert.equal(first!.length, 1);
});

test('a region that is released says so, and keeps its last heat', LIMIT, async (context) => {
  const { regions, page } = await openWatched(context);
  await watch(page);
  await mapOf(page, 'first').waitFor();
  await regions[0].release();
  const panel = heatOf(page);
  await panel
    .getByRole('status')
    .filter({ hasText: 'The region first was released. This is its last heat.' })
    .waitFor();
  assert.equal(await mapOf(page, 'first').count(), 1);
  await eventually(
    () => panel.getByRole('button', { name: 'Watch', exact: true }).isDisabled(),
    (disabled) => disabled,
  );
  // The other one can be chosen.
  await panel.getByLabel('Watched region').selectOption({ label: 'second (12M)' });
  await watch(page);
  await mapOf(page, 'second').waitFor();
});

test('memory that cannot be watched is refused in words, and can be tried again', LIMIT, async (context) => {
  const { regions, page } = await openWatched(context);
  // This host can watch this memory. So the error of a host that cannot is made up.
  const refused = context.mock.method(regions[0], 'heat', () => {
    throw new MigrationError('EOPNOTSUPP', 'this memory is not watched', { operation: 'heat' });
  });
  await watch(page);
  await heatOf(page)
    .getByRole('alert')
    .filter({ hasText: 'EOPNOTSUPP this memory is not watched' })
    .waitFor();
  await heatOf(page).getByRole('status').filter({ hasText: 'Off.' }).waitFor();
  refused.mock.restore();
  await watch(page);
  await mapOf(page, 'first').waitFor();
  assert.equal(await heatOf(page).getByText('EOPNOTSUPP').count(), 0);
});

test('a region is chosen, watched and stopped by keyboard alone', LIMIT, async (context) => {
  const { page } = await openWatched(context);
  await heatOf(page).getByLabel('Watched region').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await mapOf(page, 'second').waitFor();
  // The focus is still on the button, which stops it now.
  await page.keyboard.press('Enter');
  await heatOf(page)
    .getByRole('status')
    .filter({ hasText: 'Off. This is the last heat of second.' })
    .waitFor();
});

async function unitsWatched(page: Page): Promise<number> {
  const text = (await heatOf(page).getByText('units watched').textContent()) ?? '';
  return Number((/([\d,]+) units watched/.exec(text)?.[1] ?? '0').replaceAll(',', ''));
}

/** Number of saturated colours in the middle of a canvas. Axes and the marks of what is unknown are grey. */
function coloursOf(element: unknown): number {
  const canvas = element as PageCanvas;
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const found = new Set<number>();
  for (let i = 0; i < data.length; i += 4) {
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 40)
      found.add((red << 16) | (green << 8) | blue);
  }
  return found.size;
}

/** As the browser does when another tab is in front. */
function setHidden(hidden: boolean): void {
  const { document } = globalThis as unknown as { document: object & { dispatchEvent(event: Event): void } };
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}
