import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fillCounters } from '../../src/bench/harness/counters.js';
import { ProgramLoad } from '../../src/bench/stall/program-load.js';
import { UpdateBooks } from '../../src/bench/stall/update-books.js';

const words = new Int32Array(new SharedArrayBuffer(8 * 2 ** 20));
fillCounters(words);
const books = new UpdateBooks(words);
let load: ProgramLoad;

before(async () => {
  load = await ProgramLoad.start(words, { reader: 2, writer: 1 }, 1);
});
after(() => load.close());

const forAWhile =
  (work: () => void = () => undefined) =>
  async () => {
    await setTimeout(100);
    work();
    await setTimeout(100);
  };

test('every update that is said to be made is in the memory; readers alone make none', async () => {
  const [writer] = await load.run(['writer'], forAWhile());
  assert.ok(writer!.accesses > 0);
  assert.equal(writer!.waits.count, writer!.accesses);
  assert.equal(books.lostOf(writer!.accesses), 0);
  const [reader] = await load.run(['reader'], forAWhile());
  assert.equal(reader!.role, 'reader');
  assert.equal(reader!.waits.count, reader!.accesses);
  assert.equal(books.lostOf(0), 0);
});

test('both at once see only what can be, and a run begins anew', async () => {
  let runs = await load.run(['reader', 'writer'], forAWhile());
  // On a busy host a thread may have had no CPU.
  while (runs.some(({ accesses }) => accesses === 0))
    runs = await load.run(['reader', 'writer'], forAWhile());
  assert.deepEqual(
    runs.map(({ role, wrong }) => [role, wrong]),
    [
      ['reader', 0],
      ['writer', 0],
    ],
  );
  for (const { accesses, perSecond, threadNs, waits } of runs) {
    assert.equal(waits.count, accesses);
    assert.ok(perSecond > 0 && threadNs > 0);
  }
  assert.equal(books.lostOf(runs[1]!.accesses), 0);
});

test('pages that are lost, or are old ones, are values that cannot be', async () => {
  const old = words.slice(0, words.length / 2);
  const [, writer] = await load.run(['reader', 'writer'], forAWhile());
  const [reader] = await load.run(
    ['reader'],
    forAWhile(() => words.set(old)),
  );
  assert.ok(reader!.wrong > 0, 'values went back');
  assert.notEqual(books.lostOf(writer!.accesses), 0);
  const [again] = await load.run(
    ['reader'],
    forAWhile(() => words.fill(0, words.length / 2)),
  );
  assert.ok(again!.wrong > 0, 'zeros');
});

test('what goes wrong with the work is heard of', async () => {
  await assert.rejects(
    load.run(['reader'], () => Promise.reject(new Error('no migration'))),
    /no migration/,
  );
});
