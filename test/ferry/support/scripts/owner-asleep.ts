import assert from 'node:assert/strict';
import { openFerryWith } from '../../../../src/ferry/open-ferry.js';
import { countersAdded, fillCounters } from '../content.js';
import { type Failure, failingMachine } from '../failing-machine.js';

/**
 * The thread that owns the ferry works in the memory that moves, and so sleeps in a page that is out when the
 * migration thread ends. Argument: the failure, as JSON.
 */
const failure = JSON.parse(process.argv[2]!) as Failure;
const memory = new SharedArrayBuffer(16 * 1024 * 1024);
fillCounters(memory);
const ferry = await openFerryWith({ batchBytes: 4 * 2 ** 20 }, { wrapMachine: failingMachine(failure) });
const region = ferry.adopt(memory);
const words = new Int32Array(memory);
let added = 0;
const addEverywhere = (): void => {
  for (let i = 0; i < words.length; i += 512) {
    words[i]!++;
    added++;
  }
};

let death: unknown;
let over = false;
const migrations = (async () => {
  for (let to = 1; ; to = 1 - to) await region.migrate({ to });
})().catch((error: unknown) => {
  death = error;
  over = true;
});
// Its event loop gets a turn now and then, so that the next migration is asked for.
while (!over) {
  for (let i = 0; i < 20; i++) addEverywhere();
  await new Promise((resolve) => setImmediate(resolve));
}
await migrations;
addEverywhere();
assert.equal((death as { code?: string }).code, 'EIO');
assert.equal(countersAdded(memory), added);
process.stdout.write('nothing is lost\n');
