import { RandomStream } from '../../src/common/random.js';
import { type Constants, compaction } from './closed-form.js';
import { meanAbsolute, type PublishedCell, type Table } from './published-cells.js';

/** Where the search begins: orders of magnitude. */
const START: Constants = {
  call: 60_000,
  folio: 700,
  page: 150,
  pmd: 5000,
  copy: 11,
  cold: 30_000,
  coldMiB: 50,
  descriptor: 10_000,
  near: 13,
  far: 8,
  scan: 600,
  loops: 3.7,
};

const NAMES = Object.keys(START) as (keyof Constants)[];
const WEIGHTS: Readonly<Record<Table, number>> = { move: 0.6, batch: 0.25, compaction: 0.15 };
/** No figure of the compaction table may be wrong by more than this, as far as that can be helped. */
const COMPACTION_LIMIT = 0.12;
/** On a busy system offload has to be the faster one by this. */
const BUSY_GAIN = 0.995;

function loss(constants: Constants, cells: readonly PublishedCell[]): number {
  let sum = 0;
  for (const table of ['move', 'batch', 'compaction'] as const) {
    const errors = cells.filter((cell) => cell.table === table).map(({ error }) => error(constants));
    if (errors.length === 0) continue;
    sum += WEIGHTS[table] * meanAbsolute(errors);
    if (table === 'compaction') {
      sum += 3 * Math.max(0, Math.max(...errors.map(Math.abs)) - COMPACTION_LIMIT);
    }
  }
  const gain = compaction(constants, true, true).wallMs / compaction(constants, false, true).wallMs;
  return sum + 3 * Math.max(0, gain - BUSY_GAIN);
}

/**
 * The constants for which the mean absolute error is least: a random walk downhill whose steps become smaller, from the same
 * start several times over. The same seed finds the same.
 */
export function fit(cells: readonly PublishedCell[], seed: number, walks = 4, steps = 30_000): Constants {
  const numbers = new RandomStream(seed);
  const random = (): number => numbers.next() / 2 ** 32;
  const pick = (): keyof Constants => NAMES[Math.floor(random() * NAMES.length)]!;
  let best = START;
  let min = Number.POSITIVE_INFINITY;
  for (let walk = 0; walk < walks; walk++) {
    let at = START;
    let here = loss(at, cells);
    for (let step = 0; step < steps; step++) {
      const size = 0.3 * (1 - step / steps) ** 2 + 0.002;
      const next = { ...at };
      const first = pick();
      next[first] = at[first] * Math.exp(1.5 * size * (2 * random() - 1));
      if (random() < 0.3) {
        const second = pick();
        next[second] *= Math.exp(size * (2 * random() - 1));
      }
      const there = loss(next, cells);
      if (there >= here) continue;
      at = next;
      here = there;
    }
    if (here >= min) continue;
    min = here;
    best = at;
  }
  return best;
}
