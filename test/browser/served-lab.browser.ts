import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsoleMessage } from 'playwright-core';
import { openBrowser } from './support/browser.js';
import { settled } from './support/lab-page.js';
import { panelOf } from './support/panel.js';
import { ServedFerry } from './support/served-ferry.js';

test('behind pageferry serve, under its Content-Security-Policy, every panel works and nothing is reported', async (context) => {
  const ferry = await ServedFerry.start('--bytes', '16M');
  context.after(() => ferry.end());
  const browser = await openBrowser();
  context.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const told: string[] = [];
  const tell = (message: ConsoleMessage) => {
    if (['error', 'warning'].includes(message.type())) told.push(message.text());
  };
  page.on('pageerror', ({ message }) => told.push(message));
  page.on('console', tell);
  page.on('worker', (worker) => worker.on('console', tell));
  const response = await page.goto(ferry.url);
  assert.match(response?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
  await page.goto(`${ferry.origin}/#/lab`);
  await page.getByLabel('Moved in all').selectOption('16M');
  await settled(page, 'Throughput');
  await settled(page, 'Break-even');
  const cells = await page.locator('table.heat button').allTextContents();
  assert.ok(cells.length === 42 && cells.every((text) => /^\d/.test(text)), cells.join(' '));
  const zone = panelOf(page, 'A zone');
  await zone.getByLabel('Huge pages wanted').selectOption('16');
  await zone.getByLabel('Speed').fill('9');
  await zone.getByRole('button', { name: 'Play' }).click();
  await zone.getByText('done, every page checked').waitFor({ timeout: 60_000 });
  const race = panelOf(page, 'A race');
  await race.getByRole('button', { name: 'Search' }).click();
  await race.locator('.lanes').waitFor({ timeout: 60_000 });
  assert.deepEqual(told, []);
});
