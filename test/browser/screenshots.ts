/** Takes the pictures of docs/images: `npm run screenshots [view …]`. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from './support/browser.js';
import { LAB_SCENES } from './support/lab-scenes.js';
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
  { view: 'bench', name: 'bench', height: 1000 },
  { view: 'bench', name: 'bench-dark', dark: true, height: 1000 },
  { view: 'lab', name: 'lab', height: 1020 },
  { view: 'lab', name: 'lab-write-protected', dark: true },
  { view: 'lab', name: 'lab-breakeven' },
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
  } else if (view === 'bench') {
    await page.getByRole('button', { name: 'Run bench move' }).click();
    await page.getByText(/^done/).waitFor({ timeout: 120_000 });
  } else {
    await LAB_SCENES[name]!.prepare(page);
  }
}

async function take(ferry: ServedFerry, picture: Picture) {
  const { view, name, dark = false, narrow = false, height = 900 } = picture;
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({
      viewport: { width: narrow ? 360 : 1280, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(ferry.url);
    await page.goto(`${ferry.origin}/#/${view}`);
    await prepare(page, picture);
    // Nothing is pointed at.
    await page.mouse.move(0, 0);
    const panel = LAB_SCENES[name]?.panel;
    await takePicture(panel === undefined ? page : panelOf(page, panel), join(FOLDER, `${name}.png`));
  } finally {
    await browser.close();
  }
}

mkdirSync(FOLDER, { recursive: true });
const wanted = process.argv.slice(2);
for (const picture of PICTURES) {
  if (wanted.length > 0 && !wanted.includes(picture.view) && !wanted.includes(picture.name)) continue;
  const ferry = await ServedFerry.start('--bytes', '256M');
  try {
    await take(ferry, picture);
  } finally {
    await ferry.end();
  }
}
