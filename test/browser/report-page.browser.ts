import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { spawnCli } from '../cli/run-cli.js';
import { makeRecording } from '../heat/recordings.js';
import { openBrowser } from './support/browser.js';
import { tooFaint } from './support/contrast.js';
import type { PageScope } from './support/in-page.js';

const folder = mkdtempSync(join(tmpdir(), 'pf-'));
const recording = join(folder, 'heap.pfheat');
writeFileSync(recording, makeRecording().bytes);

/** Reports of commands with lines, bars, a logarithmic axis, figures of many digits, and a map. */
const COMMANDS = [
  'sim move --bytes 16M',
  'sim batch --count 1,8',
  'sim compaction --huge-pages 512',
  'sim breakeven --folio 4K,256K,2M --max-batch 16M',
  `heat report ${recording}`,
] as const;

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Texts of drawings that are not wholly within them, as they are drawn; runs in the page. */
function cutOff(): string[] {
  const { document } = globalThis as unknown as PageScope;
  return [...document.querySelectorAll('figure > svg')].flatMap((drawing) => {
    const frame = drawing.getBoundingClientRect();
    return [...drawing.querySelectorAll('text')].flatMap((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      // A line of text is higher than what is drawn of it.
      const across = left >= frame.left - 1 && right <= frame.right + 1;
      return across && top >= frame.top - 3 && bottom <= frame.bottom + 3 ? [] : [text.textContent];
    });
  });
}

function pageWidth(): number {
  return (globalThis as unknown as PageScope).document.documentElement.scrollWidth;
}

for (const command of COMMANDS) {
  test(`the page of '${command}' needs nothing but itself, and fits a phone and a screen`, async () => {
    const file = join(folder, 'report.html');
    const { status, stderr } = spawnCli([...command.split(' '), '--html', file]);
    assert.equal(status, 0, stderr);
    for (const width of [360, 1280]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({
          viewport: { width, height: 800 },
          colorScheme,
          offline: true,
        });
        const page = await context.newPage();
        const asked: string[] = [];
        const said: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        page.on('console', (message) => said.push(message.text()));
        await page.goto(pathToFileURL(file).href);
        assert.deepEqual(asked, [pathToFileURL(file).href]);
        assert.deepEqual(said, []);
        assert.equal(await page.evaluate(pageWidth), width);
        assert.deepEqual(await page.evaluate(cutOff), []);
        assert.deepEqual(await tooFaint(page), []);
        await context.close();
      }
    }
  });
}
