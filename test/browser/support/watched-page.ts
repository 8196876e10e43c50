import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { serveDashboard } from '../../../src/dashboard.js';
import { type Ferry, openFerry, type Region } from '../../../src/index.js';
import { openBrowser } from './browser.js';

const MIB = 2 ** 20;

export interface WatchedPage {
  readonly ferry: Ferry;
  /** Two regions, of 8 MiB and 12 MiB. The first is used all the time. */
  readonly regions: readonly [Region, Region];
  readonly page: Page;
  /** Opens the same address in another tab. */
  another(): Promise<Page>;
}

/** A page of a ferry in this process, whose regions a test can release. At the end it must have reported no error. */
export async function openWatched(context: TestContext): Promise<WatchedPage> {
  const ferry = await openFerry();
  const memory = new SharedArrayBuffer(8 * MIB);
  const regions = [
    ferry.adopt(memory, { name: 'first' }),
    ferry.adopt(new SharedArrayBuffer(12 * MIB), { name: 'second' }),
  ] as const;
  // Memory that was never touched is not watched.
  const words = new Int32Array(memory).fill(1);
  const use = setInterval(() => {
    for (let i = 0; i < words.length / 4; i += 1024) words[i]!++;
  }, 1);
  const { url } = await serveDashboard(ferry);
  const browser = await openBrowser();
  const wrong: string[] = [];
  context.after(async () => {
    clearInterval(use);
    await browser.close();
    await ferry.close();
    assert.deepEqual(wrong, [], 'the page has reported errors');
  });
  const window = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  window.setDefaultTimeout(60_000);
  const another = async (): Promise<Page> => {
    const page = await window.newPage();
    page.on('pageerror', ({ message }) => wrong.push(message));
    await page.goto(url);
    await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
    return page;
  };
  return { ferry, regions, page: await another(), another };
}
