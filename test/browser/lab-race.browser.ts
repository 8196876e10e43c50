import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explored } from '../../src/sim/explore/explore.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { spawnCli } from '../cli/run-cli.js';
import type { PageElement } from './support/in-page.js';
import { commandOf, openLab } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

test('each race is found, shown step by step, and replayed by the command that is named', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'A race');
  for (const { name } of RACES) {
    await panel.getByLabel('Mistake').selectOption(name);
    await panel.getByRole('button', { name: 'Search' }).click();
    await panel.locator('.lanes').waitFor({ timeout: 60_000 });
    const command = await commandOf(page, 'A race');
    assert.ok(command.includes(name));
    const { status, stdout } = spawnCli([...command, '--json']);
    assert.equal(status, 1, `${name}: ${command.join(' ')}`);
    const { failure } = (JSON.parse(stdout) as { results: Explored[] }).results[0]!;
    // Every step of the trace begins somewhere in the lanes, in this order.
    const tasks = await panel.locator('.lanes thead th').allTextContents();
    const begun = await panel.locator('.lanes tbody tr').evaluateAll(
      (rows: PageElement[], names: string[]) =>
        rows.flatMap((row) => {
          const at = [...row.children].findIndex((cell) => cell.matches('.own.begin'));
          return at < 0 ? [] : [names[at]];
        }),
      tasks,
    );
    assert.deepEqual(
      begun,
      failure!.trace.map(({ task }) => task),
      name,
    );
    await panel.getByLabel('Event').press('End');
    const shown = await panel.locator('.moment .broken').last().locator('li').allTextContents();
    const texts = [
      ...new Set(failure!.violations.map(({ invariant, figures }) => `${invariant}: ${figures}`)),
    ];
    assert.deepEqual(shown.slice(0, 8), texts.slice(0, 8), name);
    await panel.getByLabel('Code').selectOption('real');
    await panel.getByLabel('Event').press('End');
    await panel.getByText('Every invariant holds.').waitFor();
  }
});

test('a schedule is stepped through, to what breaks, and back', async (context) => {
  const page = await openLab(context);
  const panel = panelOf(page, 'A race');
  await panel.getByRole('button', { name: 'Search' }).click();
  await panel.locator('.lanes').waitFor({ timeout: 60_000 });
  const current = panel.locator('.lanes tr[aria-current="step"]');
  const position = () => panel.getByLabel('Event').inputValue();
  assert.equal(await position(), '0');
  await panel.getByRole('button', { name: 'Step' }).click();
  assert.equal(await position(), '1');
  assert.equal(await panel.locator('.page.wrong').count(), 1, 'in the legend alone');
  await panel.getByRole('button', { name: 'To the next break' }).click();
  assert.match((await current.textContent()) ?? '', /breaks/);
  assert.ok((await panel.locator('.pages .page.wrong').count()) > 0);
  await panel.getByRole('button', { name: 'Back' }).click();
  assert.equal(await panel.locator('.pages .page.wrong').count(), 0);
  await panel.getByRole('button', { name: 'Show moment 1', exact: true }).click();
  assert.equal(await position(), '0');
});

// Found only after tens of schedules: see docs/explore.md.
for (const [race, schedule, broken] of [
  ['cutover-unflushed', 23, /page 0 read 1 after 2 additions/],
  ['unprotect-left-out', 34, /no thread sleeps forever: writer/],
] as const) {
  test(`write-protected, found by schedule ${schedule}, is walked with the keyboard: ${race}`, async (context) => {
    const page = await openLab(context);
    const panel = panelOf(page, 'A race');
    await panel.getByLabel('Mistake').selectOption(race);
    await panel.getByRole('button', { name: 'Search' }).focus();
    await page.keyboard.press('Enter');
    await panel.getByText(`Schedule ${schedule} breaks:`).waitFor({ timeout: 60_000 });
    const lanes = panel.locator('.lanes');
    await lanes.focus();
    const current = lanes.locator('tr[aria-current="step"]');
    const last = (await lanes.locator('tbody tr').count()) - 1;
    const moments: { text: string; writeProtected: boolean; broken: boolean }[] = [];
    for (let at = 0; ; at++) {
      assert.equal(await panel.getByLabel('Event').inputValue(), String(at));
      moments.push({
        text: (await current.textContent())!,
        writeProtected: (await panel.locator('.pages .page.write-protected').count()) > 0,
        broken: (await current.getAttribute('class'))!.includes('breaks'),
      });
      if (at === last) break;
      await page.keyboard.press('ArrowDown');
    }
    const writeProtected = moments.findIndex((moment) => moment.writeProtected);
    assert.ok(moments.slice(0, writeProtected).some(({ text }) => text.includes('next: write-protect')));
    assert.ok(moments.some(({ text }) => /adds to page \d+/.test(text)));
    assert.ok(moments.findIndex((moment) => moment.broken) > writeProtected);
    assert.match((await panel.locator('.moment').textContent())!, broken);
    await page.keyboard.press('Home');
    assert.equal(await panel.getByLabel('Event').inputValue(), '0');
  });
}
