/**
 * Looks for a thread that holds the mmap lock for good: `npm run stalls -- --minutes 5` (docs/testing.md). Exit code 1
 * when anything was lost or got stuck, 2 for wrong usage.
 */
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { parseFlags, type RunFlags, runCommand } from './command-line.js';
import { supervise } from './supervise.js';

interface Flags extends RunFlags {
  readonly stall: number;
}

const command = runCommand(
  'stalls',
  'move large folios while mappings change, pages age, are pinned and collapse, and smaps is read',
  'of every decision',
).option('--stall <seconds>', 'how long a thread may do nothing', wholeNumber(1, 3600), 30);

const flags = parseFlags<Flags>(command);
if (flags !== undefined) {
  const { minutes, seed, stall } = flags;
  const good = await supervise({
    seconds: minutes * 60,
    seed,
    log: undefined,
    sources: [],
    autopilot: false,
    stall,
    every: 20,
    replay: `npm run stalls -- --minutes ${minutes} --seed ${seed}`,
    program: new URL('./suspects/run.js', import.meta.url),
    print: (text) => console.log(text),
  });
  process.exitCode = good ? 0 : 1;
}
