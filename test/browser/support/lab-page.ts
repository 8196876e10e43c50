import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { panelOf } from './panel.js';

const WEB = fileURLToPath(new URL('../../../web/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** What the page may load: files of its origin, and nothing else. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'";

/** The lab in a browser: the built page from a server that has nothing but its files, as there is no ferry behind a lab. */
export async function openLab(context: TestContext, options: BrowserContextOptions = {}): Promise<Page> {
  assert.ok(existsSync(join(WEB, 'index.html')), 'the page is not built: npm run build');
  const server = await serve();
  const browser = await openBrowser();
  context.after(async () => {
    await browser.close();
    server.close();
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const wrong: string[] = [];
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('console', (message) => {
    // Other parts of the page look for a ferry, which is not there.
    const ferry = message.location().url.includes('/api/');
    if (message.type() === 'error' && !ferry) wrong.push(message.text());
  });
  context.after(() => assert.deepEqual(wrong, [], 'the page has reported errors'));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/#/lab`);
  await page.getByRole('heading', { name: 'Throughput' }).waitFor();
  return page;
}

function serve(): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const file = join(WEB, url === '/' ? 'index.html' : new URL(url, 'http://localhost').pathname);
    if (!file.startsWith(WEB) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    response.end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Waits until a panel with a button to cancel has nothing left to do. */
export async function settled(page: Page, title: string): Promise<void> {
  // A change is asked for once it has rested.
  await page.waitForTimeout(400);
  await panelOf(page, title).getByRole('button', { name: 'Run again' }).waitFor({ timeout: 120_000 });
}

/** The exact values behind the figures of `data` elements. */
export async function valuesOf(data: Locator): Promise<string[]> {
  const all = await data.all();
  return Promise.all(all.map(async (each) => (await each.getAttribute('value'))!));
}

/** The command that a panel names, as arguments. */
export async function commandOf(page: Page, title: string): Promise<string[]> {
  const text = await panelOf(page, title).locator('.command code').first().textContent();
  assert.ok(text !== null);
  assert.match(text, /^pageferry /);
  return text.split(' ').slice(1);
}

/** Moves a slider as a keyboard does not have to: to that value at once. */
export async function slide(page: Page, label: RegExp | string, value: number): Promise<void> {
  await page.getByRole('slider', { name: label }).first().fill(String(value));
}
