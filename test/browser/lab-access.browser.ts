import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooFaint } from './support/contrast.js';
import type { PageElement, PageScope } from './support/in-page.js';
import { openLab, settled } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

test('every control has a name', async (context) => {
  const page = await openLab(context);
  await page.locator('details').evaluateAll((all: PageElement[]) => {
    for (const each of all) each.open = true;
  });
  const nameless = await page
    .locator('main input, main select, main button')
    .evaluateAll((all: PageElement[]) =>
      all.flatMap((control) => {
        const labels = [...(control.labels ?? [])].map(({ textContent }) => textContent).join(' ');
        const name = control.getAttribute('aria-label') ?? `${labels}${control.textContent}`;
        return name.trim() === '' ? [control.outerHTML] : [];
      }),
    );
  assert.deepEqual(nameless, []);
});

test('the map is walked with the arrow keys, and has one stop', async (context) => {
  const page = await openLab(context);
  await settled(page, 'Throughput');
  const map = panelOf(page, 'Throughput').locator('table.heat');
  await map.locator('[tabindex="0"]').focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowLeft'])
    await page.keyboard.press(key);
  assert.equal(await page.evaluate(focusedCell), '1/1');
  assert.equal(await map.locator('[tabindex="0"]').count(), 1);
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
  assert.equal(await page.evaluate(focusedCell), '1/0');
});

for (const width of [360, 768, 1280]) {
  test(`nothing sticks out at ${width} px`, async (context) => {
    const page = await openLab(context, { viewport: { width, height: 800 } });
    await settled(page, 'Throughput');
    await settled(page, 'Tiering');
    await settled(page, 'Sweep');
    await panelOf(page, 'A race').getByRole('button', { name: 'Search' }).click();
    await page.locator('.lanes').waitFor({ timeout: 60_000 });
    assert.equal(await page.evaluate(pageWidth), width);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`figures are read on every colour of the map: ${colorScheme}`, async (context) => {
    const page = await openLab(context, { colorScheme });
    await settled(page, 'Throughput');
    const contrasts = await panelOf(page, 'Throughput')
      .locator('table.heat td')
      .evaluateAll((cells: PageElement[]) => {
        const { document, getComputedStyle } = globalThis as unknown as PageScope;
        const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const luminance = (color: string): number => {
          context.fillStyle = color;
          context.fillRect(0, 0, 1, 1);
          const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
            const part = byte / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
        };
        return cells.map((cell) => {
          const ground = luminance(getComputedStyle(cell).backgroundColor);
          const text = luminance(getComputedStyle(cell.firstElementChild).color);
          return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
        });
      });
    assert.equal(contrasts.length, 42);
    assert.ok(Math.min(...contrasts) >= 4.5, `the worst is ${Math.min(...contrasts).toFixed(2)}`);
  });
}

test('the lanes of a schedule are one stop of the keyboard, and a button at its end keeps the focus', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'A race');
  await panel.getByRole('button', { name: 'Search' }).click();
  const lanes = panel.locator('.lanes');
  await lanes.waitFor({ timeout: 60_000 });
  await panel.getByLabel('Event').focus();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(focusedName), 'Schedule, walked with the arrow keys');
  await page.keyboard.press('End');
  await page.keyboard.press('Tab');
  assert.notEqual(await page.evaluate(focusedName), 'Show moment 1');
  const next = panel.getByRole('button', { name: 'Step' });
  await next.focus();
  await page.keyboard.press('Enter');
  assert.equal(await next.getAttribute('aria-disabled'), 'true');
  assert.equal(await page.evaluate(focusedText), 'Step');
});

test('the panel of tiering is walked by Tab in the order in which it is read', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Tiering');
  await settled(page, 'Tiering');
  await panel.getByRole('button', { name: 'Run again' }).focus();
  const names: (string | null)[] = [];
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate(focusedLabel));
  }
  assert.deepEqual(
    names.map((name) => name?.replace(/^gups: .*/, 'table')),
    [
      'Nodes',
      'Load nodes…',
      'Program',
      'Memory',
      'Fast node of the memory',
      'Migrator',
      'Folio',
      'Batch',
      'auto',
      'recency',
      'frequency',
      'balance',
      'table',
      'Copy: The same figures:',
    ],
  );
  await panel.getByLabel('balance').focus();
  await page.keyboard.press('Space');
  assert.equal(await panel.getByLabel('balance').isChecked(), false);
});

test('the panel of sweeps is walked by Tab in the order in which it is read', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'Sweep');
  await settled(page, 'Sweep');
  await panel.getByRole('button', { name: 'Run again' }).focus();
  const names: (string | null)[] = [];
  for (let i = 0; i < 35; i++) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate(focusedLabel));
  }
  const axis = ['Name', 'Values', 'From', 'To', 'Count of values', 'Steps'];
  assert.deepEqual(
    names.map((name) => name?.replace(/^(Axes$|Pareto|Sensitivities|Break-even:).*/, 'table') ?? null),
    [
      ...['Cells', 'Open cells…', 'Break-even'],
      ...['GBps max', 'cpu min', 'firstFolioNs min', 'readerWaitNs min', 'writerWaitNs min', 'ns min'],
      ...['speedup max', 'cpuRatio min'],
      ...[...axis, 'Remove axis 1', ...axis, 'Remove axis 2', null],
      ...['Which cells', 'Folio', 'Migrator', 'Moved in a cell'],
      ...['table', 'table', 'table', 'table', 'Copy: The same figures:'],
    ],
  );
  await panel.getByRole('checkbox', { name: 'speedup' }).focus();
  await page.keyboard.press('Space');
  assert.equal(await panel.getByRole('checkbox', { name: 'speedup' }).isChecked(), true);
});

test('an address that changes while the page opens is followed', async (context) => {
  const page = await openLab(context);
  await page.evaluate(() => {
    (globalThis as unknown as PageScope).location.hash = '#/live';
  });
  await page.getByRole('heading', { name: 'A race' }).waitFor({ state: 'detached' });
  // The page's modules have run by then, and nothing has been drawn yet.
  await page.addInitScript(() => {
    const { document, location } = globalThis as unknown as PageScope;
    document.addEventListener('DOMContentLoaded', () => {
      location.hash = '#/lab';
    });
  });
  await page.reload();
  await page.getByRole('heading', { name: 'A race' }).waitFor();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a schedule is read, what has been and what is to come: ${colorScheme}`, async (context) => {
    const page = await openLab(context, { colorScheme });
    await settled(page, 'Throughput');
    await settled(page, 'Break-even');
    await settled(page, 'Tiering');
    await settled(page, 'Sweep');
    const panel = panelOf(page, 'A race');
    await panel.getByRole('button', { name: 'Search' }).click();
    await panel.getByRole('button', { name: 'To the next break' }).click({ timeout: 60_000 });
    assert.deepEqual(await tooFaint(page), []);
    await panel.getByLabel('Event').press('End');
    assert.deepEqual(await tooFaint(page), []);
  });
}

function focusedName(): string | null {
  return (globalThis as unknown as PageScope).document.activeElement.getAttribute('aria-label');
}

function focusedLabel(): string | null {
  const { activeElement } = (globalThis as unknown as PageScope).document;
  const [label] = activeElement.labels ?? [];
  return activeElement.getAttribute('aria-label') ?? label?.textContent.trim() ?? null;
}

function focusedText(): string {
  return (globalThis as unknown as PageScope).document.activeElement.textContent;
}

function focusedCell(): string | null {
  return (globalThis as unknown as PageScope).document.activeElement.getAttribute('data-cell');
}

function pageWidth(): number {
  return (globalThis as unknown as PageScope).document.documentElement.scrollWidth;
}
