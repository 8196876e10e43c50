import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../../src/common/random.js';
import { type HeatSnapshot, snapshotArrays } from '../../../src/heat/heat-snapshot.js';
import { createPolicy, POLICY_NAMES } from '../../../src/policy/policies.js';
import { runBaseline } from '../../../src/sim/tiering/baselines.js';
import { PROGRAM_NAMES } from '../../../src/sim/tiering/programs/programs.js';
import { recorded } from '../../../src/sim/tiering/programs/recorded.js';
import { runPolicy } from '../../../src/sim/tiering/tiering.js';
import { WatchedHeat } from '../../../src/sim/tiering/watched-heat.js';
import { costsOf, settingsOf } from './machine.js';

for (const name of PROGRAM_NAMES) {
  test(`${name}: no placement is faster than the oracle's, and the oracle is faster than first touch`, () => {
    const settings = settingsOf(name);
    const oracle = runBaseline('oracle', settings).nsPerOperation;
    assert.ok(oracle <= runBaseline('first touch', settings).nsPerOperation * 1.0001);
    for (const policy of POLICY_NAMES) {
      const { nsPerOperation, hitRatio } = runPolicy(createPolicy(policy), settings);
      assert.ok(nsPerOperation >= oracle * 0.9999, `${policy}: ${nsPerOperation}, oracle ${oracle}`);
      assert.ok(hitRatio >= 0 && hitRatio <= 1);
    }
  });

  test(`${name}: auto is at most 1 % slower than first touch, and moves nothing back within a second`, () => {
    for (const seed of [1, 2]) {
      const settings = settingsOf(name, { seed });
      const auto = runPolicy(createPolicy('auto'), settings);
      const first = runBaseline('first touch', settings);
      assert.ok(
        auto.nsPerOperation <= 1.01 * first.nsPerOperation,
        `${auto.nsPerOperation}, ${first.nsPerOperation}`,
      );
      // A scan that is predicted leaves memory within a second of its arrival.
      if (name !== 'scan') assert.equal(auto.pingPongs, 0);
    }
  });
}

test('the same seed gives the same figures, another one others', () => {
  const run = (seed: number) => runPolicy(createPolicy('auto'), settingsOf('zipf', { seed }));
  assert.deepEqual(run(3), run(3));
  assert.notDeepEqual(run(3), run(4));
});

test('a program that fits on the fast node is as fast as with all memory there, and nothing moves', () => {
  for (const name of PROGRAM_NAMES) {
    const settings = settingsOf(name, { fastPart: 1, headroomPart: 0, lengthMs: 5000 });
    const fast = runBaseline('all fast', settings);
    for (const policy of POLICY_NAMES) {
      const { nsPerOperation, promotedBytes, demotedBytes } = runPolicy(createPolicy(policy), settings);
      if (demotedBytes === 0) assert.ok(Math.abs(nsPerOperation / fast.nsPerOperation - 1) < 1e-9);
      if (policy !== 'auto' && policy !== 'balance') assert.deepEqual([promotedBytes, demotedBytes], [0, 0]);
    }
  }
});

test('where moves cost too much, auto stops and the others do not', () => {
  // Each move takes all pages out for long: batches of 256 MiB, which hot programs wait for.
  const settings = settingsOf('gups', { bytes: 2 ** 31, costs: costsOf({ batchBytes: 2 ** 28 }) });
  const auto = runPolicy(createPolicy('auto'), settings);
  const frequency = runPolicy(createPolicy('frequency'), settings);
  assert.ok(auto.promotedBytes <= frequency.promotedBytes);
  assert.ok(auto.waitPart <= frequency.waitPart);
});

test('free processors take the CPU time of migrations', () => {
  const busy = runPolicy(createPolicy('frequency'), settingsOf('gups'));
  const free = runPolicy(createPolicy('frequency'), settingsOf('gups', { freeCpus: 1 }));
  assert.ok(busy.cpuPart > 0);
  assert.equal(free.cpuPart, 0);
});

test('costs: more bytes take longer, sizes between the simulated ones lie between them', () => {
  const costs = costsOf();
  const sizes = [2 ** 12, 2 ** 21, 3 * 2 ** 20, 2 ** 22, 2 ** 27, 2 ** 29].map((bytes) => costs.of(bytes));
  for (const [i, { wallNs }] of sizes.entries()) if (i > 0) assert.ok(wallNs > sizes[i - 1]!.wallNs);
  assert.equal(sizes[2]!.wallNs, (sizes[1]!.wallNs + sizes[3]!.wallNs) / 2);
});

test('costs: a small batch is out for a short time, and the device leaves the CPU free', () => {
  const bytes = 2 ** 25;
  const small = costsOf({ batchBytes: 2 ** 14 }).of(bytes);
  const large = costsOf({ batchBytes: 2 ** 24 }).of(bytes);
  assert.ok(small.outNs < large.outNs / 10);
  const dcbm = costsOf({ migrator: 'dcbm', batchBytes: 2 ** 24 }).of(bytes);
  assert.ok(dcbm.wallNs < large.wallNs);
  assert.ok(dcbm.cpuNs < large.cpuNs);
});

test('the watched heat has the rates, as exactly as so many accesses can show', () => {
  const heat = new WatchedHeat({
    bytes: 64 * 2 ** 21,
    unitBytes: 2 ** 21,
    watchMs: 1,
    halfLifeMs: 1000,
    random: new RandomStream(5),
  });
  const rates = Float64Array.from({ length: 64 }, (_, unit) => (unit % 4) * 1e5);
  let snapshot!: HeatSnapshot;
  for (let epoch = 1; epoch <= 60; epoch++) snapshot = heat.watch(rates, epoch * 100);
  for (const [unit, rate] of rates.entries()) {
    if (rate === 0) assert.equal(snapshot.rate[unit], 0);
    else assert.ok(Math.abs(snapshot.rate[unit]! / rate - 1) < 0.15, `${snapshot.rate[unit]}, ${rate}`);
  }
});

function snapshotAt(atMs: number, rates: readonly number[]): HeatSnapshot {
  const arrays = snapshotArrays(rates.length);
  arrays.rate.set(rates);
  return {
    atMs,
    offset: 0,
    bytes: rates.length * 2 ** 21,
    unitBytes: 2 ** 21,
    source: 'test',
    sees: { reads: true, writes: true, kinds: false, threads: false },
    ...arrays,
  };
}

test('a recorded program has the shares of its snapshots, one after the other, again and again', () => {
  const program = recorded([snapshotAt(500, [1, 3, Number.NaN]), snapshotAt(1500, [0, 0, 5])], 4);
  assert.deepEqual([program.bytes, program.unitBytes, program.lengthMs], [3 * 2 ** 21, 2 ** 21, 2000]);
  const shares = new Float64Array(3);
  const at = (ms: number): number[] => {
    program.fill(shares, ms, ms + 100);
    return [...shares];
  };
  assert.deepEqual(at(0), [0.25, 0.75, 0]);
  assert.deepEqual(at(1000), [0, 0, 1]);
  assert.deepEqual(at(2100), [0.25, 0.75, 0]);
});

test('recordings without an access, or with other units, are refused', () => {
  assert.throws(() => recorded([], 4), { code: 'EINVAL', argument: 'snapshots' });
  assert.throws(() => recorded([snapshotAt(1, [0, Number.NaN])], 4), { code: 'EINVAL' });
  const other = { ...snapshotAt(2, [1]), unitBytes: 4096 };
  assert.throws(() => recorded([snapshotAt(1, [1]), other], 4), /units of 2097152 bytes/);
});
