/** `npm run fit`: how the constants of profiles/zen3-ptdma.json were found, and what they say to a row that they never saw. */

import { meanAbsolute, publishedCells, type Table } from './published-cells.js';
import { fit } from './search.js';

const SEED = 1;
const cells = publishedCells();
const best = fit(cells, SEED);

console.log('constants (ns, GB/s, ns/MiB, MiB, iterations/ns):');
for (const [name, value] of Object.entries(best))
  console.log(`  ${name.padEnd(10)} ${Number(value.toPrecision(4))}`);
console.log('\nmean absolute error of the fit:');
for (const table of ['move', 'batch', 'compaction'] as const satisfies readonly Table[]) {
  const errors = cells.filter((cell) => cell.table === table).map(({ error }) => error(best));
  const worst = Math.max(...errors.map(Math.abs));
  console.log(`  ${table.padEnd(10)} ${percent(meanAbsolute(errors))}, worst ${percent(worst)}`);
}

console.log(
  '\n| row left out | cells | error when fitted with it | error when fitted without it |\n|---|--:|--:|--:|',
);
for (const row of new Set(cells.map((cell) => cell.row))) {
  const own = cells.filter((cell) => cell.row === row);
  const without = fit(
    cells.filter((cell) => cell.row !== row),
    SEED,
    2,
  );
  const [seen, unseen] = [best, without].map((constants) =>
    meanAbsolute(own.map(({ error }) => error(constants))),
  );
  console.log(`| ${row} | ${own.length} | ${percent(seen!)} | ${percent(unseen!)} |`);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
