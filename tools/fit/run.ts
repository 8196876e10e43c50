/**
 * `npm run fit`: how the constants of profiles/zen3-ptdma.json were found, what they say to a row and to a state of
 * the machine that they never saw. `npm run fit -- --write` writes them into the profile.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { figureOf } from '../../src/sim/profile/with-figures.js';
import { meanAbsolute, PUBLISHED_TABLES, type PublishedCell, publishedCells } from './published-cells.js';
import { FITTED, fit } from './search.js';

const SEED = 3;
const FILE = new URL('../../../profiles/zen3-ptdma.json', import.meta.url);
const DIGITS = 4;

interface ProfileFile {
  readonly [group: string]: Record<string, { value: number }>;
}

const file = JSON.parse(readFileSync(FILE, 'utf8')) as ProfileFile;
const given = readProfile(file);
const cells = publishedCells();
const best = fit(given, cells, SEED);

console.log('constants:');
for (const path of FITTED) console.log(`  ${path.padEnd(22)} ${rounded(figureOf(best, path))}`);
console.log('\nmean absolute error of the fit:');
for (const table of PUBLISHED_TABLES) {
  const errors = cells.filter((cell) => cell.table === table).map(({ error }) => error(best));
  const worst = Math.max(...errors.map(Math.abs));
  console.log(`  ${table.padEnd(10)} ${percent(meanAbsolute(errors))}, worst ${percent(worst)}`);
}
leaveOut('row', (cell) => cell.row);
leaveOut('state of the machine', (cell) => cell.state);
if (process.argv.includes('--write')) write(best);

/** Fits without each group of cells, and predicts it. */
function leaveOut(name: string, groupOf: (cell: PublishedCell) => string): void {
  console.log(`\n| ${name} left out | cells | fitted with it | without it | worst without it |`);
  console.log('|---|--:|--:|--:|--:|');
  for (const group of new Set(cells.map(groupOf))) {
    const own = cells.filter((cell) => groupOf(cell) === group);
    const others = cells.filter((cell) => groupOf(cell) !== group);
    const without = fit(given, others, SEED, 2, 8000);
    const [seen, unseen] = [best, without].map((profile) => own.map(({ error }) => error(profile)));
    const worst = Math.max(...unseen!.map(Math.abs));
    const figures = [meanAbsolute(seen!), meanAbsolute(unseen!), worst].map(percent).join(' | ');
    console.log(`| ${group} | ${own.length} | ${figures} |`);
  }
}

function write(profile: HardwareProfile): void {
  for (const path of [...FITTED, 'dma.nearGBps']) {
    const [group, name] = path.split('.') as [string, string];
    file[group]![name]!.value = rounded(figureOf(profile, path));
  }
  writeFileSync(FILE, `${JSON.stringify(file, null, 2)}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
