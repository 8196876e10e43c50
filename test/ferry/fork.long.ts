import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import {
  assertAllMoved,
  HUGE,
  LIMIT,
  MIB,
  nextBatch,
  PAGE,
  pageOffsets,
  tally,
  withFerry,
} from './support/fixture.js';
import { unsharedAndMove } from './support/fork-scenes.js';
import { unlessCollapsed } from './support/khugepaged.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';

unsharedAndMove(FOLIO_SIZES.slice(1));

test('a fork that has run another program but lives on is no obstacle', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    fill(buffer);
    const child = spawn('/bin/sleep', ['30']);
    await once(child, 'spawn');
    const region = ferry.adopt(buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    child.kill();
    await once(child, 'exit');
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assertContent(buffer);
  });
});

test('movePages unshares what a child left behind as well', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(2 * MIB);
    fill(buffer);
    spawnSync('/bin/true');
    const region = ferry.adopt(buffer);
    const offsets = pageOffsets(region);
    for (const [to, moveAll] of [
      [1, false],
      [0, true],
    ] as const) {
      const status = await region.movePages(
        offsets,
        offsets.map(() => to),
        { moveAll },
      );
      assert.deepEqual(tally(status), { [to]: offsets.length });
    }
    assertContent(buffer);
  });
});

async function forgetsFailures(): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    // More than malloc keeps when it is freed: the advice that an earlier region had would bring huge pages.
    const buffer = new SharedArrayBuffer(40 * MIB);
    // A hole at the start of each 2M folio: it is split before any of its pages is found to be shared.
    const skew = Math.ceil(tables.addressOf(buffer) / PAGE) % 512;
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if ((page + skew) % 512 > 4) fill(buffer, 0, page * PAGE, page * PAGE + 64);
    }
    spawnSync('/bin/true');
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const there = tables.occupied(region, buffer);
    const result = await region.migrate({ to: 1 });
    assert.deepEqual(result.failures, []);
    assert.equal(result.bytesMoved, there * PAGE);
    assert.equal(result.foliosFailed, 0);
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if ((page + skew) % 512 > 4) assertContent(buffer, 0, page * PAGE, page * PAGE + 64);
    }
  });
  tables.close();
}

test('the failures of an unshared folio with holes are forgotten', LIMIT, () =>
  unlessCollapsed(forgetsFailures),
);

test('processes are started while the buffer is migrated and written to', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    fillCounters(buffer);
    const region = ferry.adopt(buffer);
    const crew = await Crew.start(buffer, [{ kind: 'write' }]);
    const exits: Promise<unknown>[] = [];
    for (let round = 1; round <= amount(2, 6); round++) {
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: round % 2, batchBytes: 64 * 4096 });
      await nextBatch(ferry, batches);
      if (round % 2 === 0) assert.equal(spawnSync('/bin/true').status, 0);
      else exits.push(once(spawn('/bin/true'), 'exit'));
      assertAllMoved(region, await moving);
    }
    await Promise.all(exits);
    const [added] = await crew.stop();
    assert.equal(countersAdded(buffer), added);
  });
});
