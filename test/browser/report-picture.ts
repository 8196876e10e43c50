/** Takes the picture of a report for docs/reports.md: `npm run report-picture`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openBrowser } from './support/browser.js';
import { takePicture } from './support/picture.js';

const PICTURE = 'docs/images/report.png';
const COMMAND = 'bench move --bytes 256M --runs 3 --channels 1,2 --html move.html';
const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'pf-'));
const browser = await openBrowser();
try {
  // There: the page has the command line in it.
  const { status } = spawnSync(process.execPath, [MAIN, ...COMMAND.split(' ')], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${COMMAND} ended with ${status}`);
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(join(folder, 'move.html')).href);
  await takePicture(page, PICTURE);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
