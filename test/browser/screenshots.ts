/** Takes the pictures of docs/images: `npm run screenshots [view …]`. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { serveDashboard } from '../../src/dashboard.js';
import { openFerry } from '../../src/index.js';
import { openBrowser } from './support/browser.js';
import { LAB_SCENES } from './support/lab-scenes.js';
import { MovingProgram } from './support/moving-program.js';
import { panelOf } from './support/panel.js';
import { takePicture } from './support/picture.js';
import { ServedFerry } from './support/served-ferry.js';

const FOLDER = 'docs/images';

interface Picture {
  readonly view: string;
  readonly name: string;
  readonly dark?: boolean;
  readonly narrow?: boolean;
  readonly height?: number;
}

const PICTURES: readonly Picture[] = [
  { view: 'live', name: 'live', height: 1130 },
  { view: 'live', name: 'live-dark', dark: true, height: 1130 },
  { view: 'live', name: 'live-narrow', narrow: true, height: 1100 },
  { view: 'heat', name: 'live-heat', height: 1200 },
  { view: 'bench', name: 'bench', height: 1000 },
  { view: 'bench', name: 'bench-dark', dark: true, height: 1000 },
  { view: 'lab', name: 'lab', height: 1020 },
  { view: 'lab', name: 'lab-write-protected', dark: true },
  { view: 'lab', name: 'lab-breakeven' },
  { view: 'lab', name: 'lab-sweep' },
  { view: 'lab', name: 'lab-tiering' },
  { view: 'lab', name: 'lab-zone', dark: true },
  { view: 'lab', name: 'lab-race' },
  { view: 'lab', name: 'lab-narrow', narrow: true },
];

async function prepare(page: Page, { view, name }: Picture): Promise<void> {
  if (view === 'live') {
    await page.getByLabel('Back and forth').check();
    await page.getByRole('button', { name: 'Migrate', exact: true }).click();
    await page.waitForTimeout(4000);
    await page.getByLabel('Copy with').selectOption('mtcopy');
    await page.getByRole('button', { name: /^(Register|Swap)$/ }).click();
    await page.waitForTimeout(5000);
    await page.getByLabel('Copy with').selectOption('dcbm');
    await page.getByRole('button', { name: 'Swap', exact: true }).click();
    await page.waitForTimeout(6000);
  } else if (view === 'heat') {
    await panelOf(page, 'Heat').getByRole('button', { name: 'Watch', exact: true }).click();
    await page.waitForTimeout(60_000);
  } else if (view === 'bench') {
    await page.getByRole('button', { name: 'Run bench move' }).click();
    await page.getByText(/^done/).waitFor({ timeout: 120_000 });
  } else {
    await LAB_SCENES[name]!.prepare(page);
  }
}

/** Opens a view, and takes its picture or that of a panel. */
async function take({ url, origin }: { url: string; origin: string }, picture: Picture) {
  const { view, name, dark = false, narrow = false, height = 900 } = picture;
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({
      viewport: { width: narrow ? 360 : 1280, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(url);
    await page.goto(`${origin}/#/${view === 'heat' ? 'live' : view}`);
    await prepare(page, picture);
    // Nothing is pointed at.
    await page.mouse.move(0, 0);
    const panel = view === 'heat' ? 'Heat' : LAB_SCENES[name]?.panel;
    await takePicture(panel === undefined ? page : panelOf(page, panel), join(FOLDER, `${name}.png`));
  } finally {
    await browser.close();
  }
}

/** Of a program with a hot set, because the one of `pageferry serve` uses all of its memory alike. */
async function takeHeat(picture: Picture): Promise<void> {
  const ferry = await openFerry();
  const memory = new SharedArrayBuffer(2 ** 28);
  new Uint8Array(memory).fill(1);
  ferry.adopt(memory, { name: 'heap' });
  const program = new MovingProgram(memory);
  try {
    const { url } = await serveDashboard(ferry);
    await take({ url, origin: new URL(url).origin }, picture);
  } finally {
    await program.end();
    await ferry.close();
  }
}

mkdirSync(FOLDER, { recursive: true });
const wanted = process.argv.slice(2);
for (const picture of PICTURES) {
  if (wanted.length > 0 && !wanted.includes(picture.view) && !wanted.includes(picture.name)) continue;
  if (picture.view === 'heat') {
    await takeHeat(picture);
    continue;
  }
  const ferry = await ServedFerry.start('--bytes', '256M');
  try {
    await take(ferry, picture);
  } finally {
    await ferry.end();
  }
}
