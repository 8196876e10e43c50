/**
 * `npm run fit`: how the constants of profiles/zen3-ptdma.json were found, what they say to a row and to a state of
 * the machine that they never saw. `npm run fit -- --write` writes them into the profile.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { figureOf } from '../../src/sim/profile/with-figures.js';
import { leaveOut, leftOutTable, percent } from './left-out.js';
import { meanAbsolute, PUBLISHED_TABLES, type PublishedCell, publishedCells } from './published-cells.js';
import { FITTED, fit, SEED } from './search.js';

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
for (const [name, groupOf] of [
  ['row', (cell: PublishedCell) => cell.row],
  ['state of the machine', (cell: PublishedCell) => cell.state],
] as const) {
  console.log(`\n${leftOutTable(name, leaveOut(given, best, cells, groupOf, SEED))}`);
}
if (process.argv.includes('--write')) write(best);

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
