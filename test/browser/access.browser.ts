import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { tooFaint } from './support/contrast.js';
import { eventually, openView, showView } from './support/ferry-page.js';
import type { PageElement, PageScope } from './support/in-page.js';
import { panelOf } from './support/panel.js';

const LIMIT = { timeout: 180_000 };
const VIEWS = ['live', 'bench', 'lab'] as const;

/** Something of everything to see: the heat of a region, a migration that has ended, a refused value, a problem. */
async function fillLive(page: Page): Promise<void> {
  await panelOf(page, 'Heat').getByRole('button', { name: 'Watch', exact: true }).click();
  await panelOf(page, 'Heat').getByRole('img', { name: 'Heat map' }).waitFor();
  await panelOf(page, 'Migrate').getByRole('button', { name: 'Migrate', exact: true }).click();
  await panelOf(page, 'Migrate').getByText('done', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'nr_dma_chan' }).fill('none');
  await page.getByRole('textbox', { name: 'nr_dma_chan' }).press('Enter');
  await page.getByRole('alert').filter({ hasText: 'EINVAL' }).waitFor();
}

async function fillBench(page: Page): Promise<void> {
  const run = panelOf(page, 'Run');
  await run.getByLabel('Folio sizes').fill('2M');
  await run.getByLabel('Migrators').fill('baseline');
  await run.getByLabel('Bytes a run').fill('8M');
  await run.getByRole('button', { name: 'Run bench move' }).click();
  await run.getByText(/^done/).waitFor();
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`text is read on its ground: ${colorScheme}`, LIMIT, async (context) => {
    const { page } = await openView(context, 'live', { colorScheme });
    await fillLive(page);
    assert.deepEqual(await tooFaint(page), []);
    await showView(page, 'bench');
    await fillBench(page);
    assert.deepEqual(await tooFaint(page), []);
    await showView(page, 'lab');
    assert.deepEqual(await tooFaint(page), []);
    // What is looked for is found where it is.
    await page.getByRole('heading', { name: 'Throughput' }).evaluate((heading: PageElement) => {
      heading.style.color = 'light-dark(#ccc, #444)';
    });
    assert.equal((await tooFaint(page)).length, 1);
  });
}

test('the other colours are chosen by a button, and stay after a reload', LIMIT, async (context) => {
  const { page } = await openView(context, 'live', { colorScheme: 'light' });
  const light = await page.evaluate(background);
  const other = (): Promise<string> =>
    eventually(
      () => page.evaluate(background),
      (color) => color !== light,
    );
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  const dark = await other();
  await page.reload();
  await page.getByRole('button', { name: 'Use light colours' }).waitFor();
  assert.equal(await other(), dark);
});

for (const width of [360, 768, 1280]) {
  test(`nothing sticks out at ${width} px`, LIMIT, async (context) => {
    const { page } = await openView(context, 'live', { viewport: { width, height: 800 } });
    await fillLive(page);
    assert.equal(await page.evaluate(pageWidth), width, 'live');
    await showView(page, 'bench');
    await fillBench(page);
    assert.equal(await page.evaluate(pageWidth), width, 'bench');
  });
}

test('every control has a name, every table a caption, every picture a text', LIMIT, async (context) => {
  const { page } = await openView(context, 'live');
  await fillLive(page);
  for (const view of VIEWS) {
    await showView(page, view);
    assert.deepEqual(await page.evaluate(nameless), [], view);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, view);
  }
});

test(
  'the keyboard reaches every control in the order of the page, and is seen where it is',
  LIMIT,
  async (context) => {
    const { page } = await openView(context, 'live');
    await page.reload();
    await page.getByRole('textbox', { name: 'nr_dma_chan' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(focusedText), 'Skip to content');
    await page.keyboard.press('Enter');
    const controls = await page
      .getByRole('main')
      .evaluate(
        (main: PageElement) =>
          [...main.querySelectorAll('a, button, input, select')].filter((each) => !each.matches(':disabled'))
            .length,
      );
    const places: number[] = [];
    const unseen: string[] = [];
    for (let i = 0; i < controls; i++) {
      await page.keyboard.press('Tab');
      const { place, text, seen } = await page.evaluate(focus);
      places.push(place);
      if (!seen) unseen.push(text);
    }
    assert.deepEqual(unseen, []);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      'in the order of the page',
    );
    assert.equal(new Set(places).size, controls, 'all of them');
  },
);

test('another view takes the focus along, and is announced by its title', LIMIT, async (context) => {
  const { page } = await openView(context, 'live');
  for (const view of ['bench', 'lab', 'live'] as const) {
    await showView(page, view);
    const title = view[0]!.toUpperCase() + view.slice(1);
    assert.equal(await page.evaluate(focusedLabel), title);
    assert.equal(await page.title(), `${title} · pageferry`);
  }
});

test('a migration is started and stopped by keyboard alone', LIMIT, async (context) => {
  const { page } = await openView(context, 'live');
  const migrate = panelOf(page, 'Migrate');
  await migrate.getByLabel('Back and forth').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await migrate.getByRole('progressbar').waitFor();
  await migrate.getByRole('button', { name: 'Stop' }).focus();
  await page.keyboard.press('Enter');
  await migrate.getByText('stopped', { exact: true }).waitFor();
});

function background(): string {
  const { document, getComputedStyle } = globalThis as unknown as PageScope;
  return getComputedStyle(document.body).backgroundColor;
}

function pageWidth(): number {
  return (globalThis as unknown as PageScope).document.documentElement.scrollWidth;
}

function nameless(): string[] {
  const { document } = globalThis as unknown as PageScope;
  const wrong: string[] = [];
  for (const control of document.querySelectorAll(
    'input, select, button, progress, canvas, [role=img], table',
  )) {
    const labels = [...(control.labels ?? [])].map(({ textContent }) => textContent).join(' ');
    const caption = control.matches('table')
      ? ([...control.querySelectorAll('caption')][0]?.textContent ?? '')
      : '';
    const inside = control.matches('button') ? control.textContent : '';
    const name = `${control.getAttribute('aria-label') ?? ''}${labels}${caption}${inside}`;
    const hidden = control.matches('[aria-hidden=true] *, [aria-hidden=true]');
    if (name.trim() === '' && !hidden && !control.matches('[role=img] *'))
      wrong.push(control.outerHTML.slice(0, 200));
  }
  return wrong;
}

function focusedText(): string {
  return (globalThis as unknown as PageScope).document.activeElement.textContent;
}

function focusedLabel(): string | null {
  return (globalThis as unknown as PageScope).document.activeElement.getAttribute('aria-label');
}

/** Which control has the focus, by its place in the page, and whether something is drawn around it. */
function focus(): { place: number; text: string; seen: boolean } {
  const { document, getComputedStyle } = globalThis as unknown as PageScope;
  const { activeElement } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
  return {
    place: [...document.querySelectorAll('*')].indexOf(activeElement),
    text: activeElement.outerHTML.slice(0, 120),
    seen: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
  };
}
