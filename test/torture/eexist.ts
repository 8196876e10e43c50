/**
 * Provokes the kernel to deny moves that it made (EEXIST, ENOENT) until it has done so ten times:
 * `node dist/test/torture/eexist.js [--times N] [--seconds N]`. A kernel that does not do so any more is given up
 * after ten minutes. Prints one line of JSON; exit code 1 when an update was lost, or it was not seen often enough.
 */
import './long-run.js';

import { parseArgs } from 'node:util';
import { provokeHiddenMoves } from '../ferry/support/hidden-moves.js';

const { values } = parseArgs({ options: { times: { type: 'string' }, seconds: { type: 'string' } } });
const times = Number(values.times ?? 10);
const limit = Number(values.seconds ?? 600);
if (!(times > 0 && limit > 0)) throw new RangeError('--times and --seconds must be positive numbers');

const started = performance.now();
const seconds = (): number => (performance.now() - started) / 1000;
const { seen, migrations } = await provokeHiddenMoves(times, () => seconds() < limit);
console.log(JSON.stringify({ seen, migrations, lost: 0, seconds: Number(seconds().toFixed(3)) }));
if (seen < times) process.exitCode = 1;
