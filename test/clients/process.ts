/** A program in a process of its own, which its parent (run.ts) watches: a thread asleep in a fault cannot. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Answer, answerOf } from './answer.js';
import type { Call, Program } from './client.js';
import { CLIENTS } from './clients.js';
import { Heaps } from './heaps.js';
import { Mover } from './mover.js';
import { PACKAGES } from './packages.js';
import type { Report, WayReport } from './report.js';
import { nameOf, WAYS, type Way } from './ways.js';

const MAX_POLLS = 1000;

const [name, mode, rounds] = process.argv.slice(2);
const client = CLIENTS.find((each) => each.name === name)!;
const load = createRequire(fileURLToPath(new URL('package.json', PACKAGES)));

// A program whose threads are late leaves nothing else that keeps the process.
const alive = setInterval(() => undefined, 1000);
const answers: Answer[] = [];
const ways: Record<string, WayReport> = {};
const mover = mode === 'moved' ? await Mover.open(Heaps.watch()) : undefined;
const usable = WAYS.filter(({ copyMode }) => copyMode === 'exclusive' || mover?.canWriteProtect);
let calls = 0;
let program: Program | undefined;

/** Does it while heaps are migrated in one way; counts what was moved from its beginning to its return. */
async function disturb(mover: Mover, way: Way, work: () => unknown): Promise<unknown> {
  await mover.begin(way, program === undefined ? 'gentle' : 'busy');
  const before = mover.bytesMoved;
  const answer = await work();
  const bytes = mover.bytesMoved - before;
  await mover.end();
  const { calls, bytesMoved } = ways[nameOf(way)] ?? { calls: 0, bytesMoved: 0 };
  ways[nameOf(way)] = { calls: calls + 1, bytesMoved: bytesMoved + bytes };
  return answer;
}

const call: Call = async (name, work) => {
  const way = usable[calls++ % usable.length]!;
  const answer = mover === undefined ? await work() : await disturb(mover, way, work);
  answers.push(answerOf(name, answer));
};

/** A call can be over before the first batch is: looks again in each way in which nothing was moved yet, until something was. */
async function readInEachWay(mover: Mover): Promise<void> {
  const expected = answers.at(-1)!;
  for (const way of usable) {
    if ((ways[nameOf(way)]?.bytesMoved ?? 0) > 0) continue;
    await disturb(mover, way, async () => {
      const before = mover.bytesMoved;
      for (let tries = 0; tries < MAX_POLLS && mover.bytesMoved === before; tries++) {
        const answer = answerOf('look', await program!.look());
        if (answer.hash !== expected.hash) answers.push(answer);
      }
    });
  }
}

await call('start', async () => {
  program = await client.start(load);
});
for (let round = 0; round < Number(rounds); round++) await program!.work(call);
await call('look', () => program!.look());
if (mover !== undefined) await readInEachWay(mover);
const tablesMoved = mover?.tablesMoved ?? 0;
await mover?.close();
// Once more, as ordinary memory.
answers.push(answerOf('look again', await program!.look()));

const report: Report = {
  answers,
  ...(mover !== undefined && { moved: mover.moved, tablesMoved, ways, usableWays: usable.length }),
};
// Its threads would keep the process.
clearInterval(alive);
process.send!(report, () => process.exit(0));
