/**
 * Exchanges the migrator under load, many times: `node dist/test/torture/swap.js [--swaps N] [--seconds N]`. Stops at
 * whichever comes first (100,000 swaps and no limit of time when nothing is said). Prints one line of JSON; exit code 1
 * when an update was lost or a folio was left behind.
 */
import './long-run.js';

import { parseArgs } from 'node:util';
import { openFerry } from '../../src/index.js';
import { swapUnderLoad } from '../ferry/support/hot-swap.js';

const { values } = parseArgs({ options: { swaps: { type: 'string' }, seconds: { type: 'string' } } });

function number(name: 'swaps' | 'seconds', missing: number): number {
  const text = values[name];
  const value = text === undefined ? missing : Number(text);
  if (value > 0) return value;
  throw new RangeError(`--${name} must be a positive number, not ${text}`);
}

const max = number('swaps', 100_000);
const started = performance.now();
const seconds = (): number => (performance.now() - started) / 1000;
const limit = number('seconds', Number.POSITIVE_INFINITY);
const ferry = await openFerry({ batchBytes: 128 * 4096 });
await ferry.parameters.set('module/pageferry/parameters/pipeline_depth', 4);
const { swaps, migrations, bytesMoved, updates, lost, failed } = await swapUnderLoad(
  ferry,
  32 * 1024 * 1024,
  4096,
  (done) => done < max && seconds() < limit,
);
await ferry.close();
const report = { swaps, migrations, bytesMoved, updates, lost, seconds: Number(seconds().toFixed(3)) };
console.log(JSON.stringify(report));
if (lost > 0 || failed > 0) process.exitCode = 1;
