import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import { LatencyCurve } from '../../../src/sim/tiering/latency-curve.js';
import { createProgram } from '../../../src/sim/tiering/programs/programs.js';
import { throughputOf } from '../../../src/sim/tiering/throughput.js';
import { readTiers } from '../../../src/sim/tiering/tiers.js';
import { waitsForBatch } from '../../../src/sim/tiering/waits.js';
import { type TiersFile, tiers, tiersJson } from './machine.js';

test('a curve goes through its points, is straight between them, and a wall behind them', () => {
  const curve = new LatencyCurve([
    [10, 100],
    [20, 120],
    [30, 200],
  ]);
  assert.deepEqual(
    [0, 10, 15, 20, 25, 30].map((load) => curve.at(load)),
    [100, 100, 110, 120, 160, 200],
  );
  assert.ok(curve.at(31) > 5000);
  assert.deepEqual([curve.maxGBps, curve.idleNs], [30, 100]);
});

for (const name of ['skylake-cxl', 'skylake-2s']) {
  test(`the profile ${name} is read, and each figure has a source`, () => {
    const machine = tiers(name);
    assert.equal(machine.name, name);
    assert.equal(machine.cpus, 24);
    const [fast, slow] = machine.nodes;
    assert.ok(slow.curve.idleNs > 1.5 * fast.curve.idleNs);
    assert.ok(slow.curve.maxGBps < fast.curve.maxGBps);
    for (const { curve, onChipNs } of tiersJson(name).nodes) {
      assert.match(curve.source, /github\.com\/bsc-mem\/Mess-simulator at [0-9a-f]{12}/);
      assert.ok(onChipNs.source.length > 10);
    }
  });
}

test('latency from the pins of the host is added to the whole curve', () => {
  // Mess: 225.586 cycles at 2.1 GHz, and 51 ns from the core to the memory controller.
  assert.ok(Math.abs(tiers().nodes[1].curve.idleNs - (225.586 / 2.1 + 51)) < 0.1);
});

const WRONG: readonly (readonly [path: string, problem: RegExp, change: (json: TiersFile) => unknown])[] = [
  ['profile', /plain object/, () => 3],
  ['schema', /pageferry\.tiers\/1/, (json) => ({ ...json, schema: 'pageferry.profile/1' })],
  ['size', /unknown field/, (json) => ({ ...json, size: 1 })],
  ['name', /string/, (json) => ({ ...json, name: '' })],
  ['cpus', /plain object/, (json) => ({ ...json, cpus: 24 })],
  ['cpus.value', /whole number/, (json) => ({ ...json, cpus: { ...json.cpus, value: 1.5 } })],
  ['nodes', /2 nodes/, (json) => ({ ...json, nodes: json.nodes.slice(1) })],
  ['nodes[1].curve', /higher latency/, (json) => ({ ...json, nodes: [...json.nodes].reverse() })],
  ['nodes[0].curve.points', /2 points/, (json) => withPoints(json, [[1, 90]])],
  [
    'nodes[0].curve.points[1][0]',
    /above the load/,
    (json) =>
      withPoints(json, [
        [2, 90],
        [2, 91],
      ]),
  ],
  [
    'nodes[0].curve.points[1][1]',
    /below the latency/,
    (json) =>
      withPoints(json, [
        [2, 90],
        [3, 80],
      ]),
  ],
  [
    'nodes[0].curve.points[0][1]',
    /number above 0/,
    (json) =>
      withPoints(json, [
        [2, 'x'],
        [3, 80],
      ]),
  ],
  ['nodes[0].curve.points[0]', /a load and a latency/, (json) => withPoints(json, [[2], [3, 80]])],
];

function withPoints(json: TiersFile, points: readonly unknown[]): unknown {
  const [first, second] = json.nodes;
  return { ...json, nodes: [{ ...first, curve: { ...first!.curve, points } }, second] };
}

for (const [path, problem, change] of WRONG) {
  test(`a machine with a wrong ${path} is refused (${problem.source})`, () => {
    assert.throws(
      () => readTiers(change(tiersJson())),
      (error) =>
        error instanceof MigrationError &&
        error.code === 'EINVAL' &&
        error.argument === path &&
        problem.test(error.problem),
    );
  });
}

const SIZE = { bytes: 2 ** 30, unitBytes: 2 ** 21, threads: 24, seed: 1 };

test('the throughput fits its own latency: what the threads issue is what they get', () => {
  const machine = tiers();
  for (const name of ['gups', 'chase', 'scan'] as const) {
    const program = createProgram(name, SIZE);
    for (const share of [0, 0.3, 0.7, 1]) {
      const { accessesPerNs, fastNs, slowNs } = throughputOf(program, machine, share, 0);
      const mean = share * fastNs + (1 - share) * slowNs;
      const issued = program.threads / (program.thinkNs + mean / program.overlap);
      assert.ok(Math.abs(issued / accessesPerNs - 1) < 1e-3, `${name}, ${share}`);
    }
  }
});

test('no node gives more than its bandwidth, and traffic of migrations takes some of it', () => {
  const machine = tiers();
  const program = createProgram('scan', SIZE);
  for (const [share, node] of [
    [1, 0],
    [0, 1],
  ] as const) {
    const { accessesPerNs } = throughputOf(program, machine, share, 0);
    assert.ok(accessesPerNs * 64 < 1.001 * machine.nodes[node].curve.maxGBps);
    assert.ok(throughputOf(program, machine, share, 5).accessesPerNs < accessesPerNs);
  }
});

test('a pointer chase without load has the latency of its node', () => {
  const program = { ...createProgram('chase', SIZE), threads: 1 };
  const [fast, slow] = tiers().nodes;
  for (const [share, tier] of [
    [1, fast],
    [0, slow],
  ] as const) {
    const { accessesPerNs } = throughputOf(program, tiers(), share, 0);
    assert.ok(Math.abs(accessesPerNs * tier.curve.idleNs - 1) < 0.01);
  }
});

test('waits: nobody touches a cold batch, and all threads wait for a hot one', () => {
  assert.equal(waitsForBatch(0, 8, 1000), 0);
  // Each thread touches it once in a million years, or at once.
  assert.ok(waitsForBatch(1e-12, 8, 1000) < 1e-3);
  assert.ok(Math.abs(waitsForBatch(1e6, 8, 1000) - 8000) < 1);
  // The series and the formula agree where one ends and the other begins.
  const [below, above] = [0.99e-4, 1.01e-4].map(
    (touches) => waitsForBatch((touches / 1000) * 8, 8, 1000) / touches,
  );
  assert.ok(Math.abs(below! / above! - 1) < 1e-4);
});

for (const name of ['gups', 'zipf', 'chase', 'scan', 'graph'] as const) {
  test(`the shares of ${name} add up to 1 at any time`, () => {
    for (const bytes of [2 ** 24, 2 ** 30 + 2 ** 21]) {
      const program = createProgram(name, { ...SIZE, bytes });
      const shares = new Float64Array(Math.ceil(bytes / 2 ** 21));
      for (let atMs = 0; atMs < 45_000; atMs += 700) {
        program.fill(shares, atMs, atMs + 100);
        assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-9);
        assert.ok(shares.every((share) => share >= 0));
      }
    }
  });
}

test('the hot set of gups moves, and the scan comes by everywhere', () => {
  const units = 512;
  const hottest = (atMs: number): string => {
    const shares = new Float64Array(units);
    createProgram('gups', SIZE).fill(shares, atMs, atMs + 100);
    const max = Math.max(...shares);
    return [...shares.keys()].filter((unit) => shares[unit] === max).join();
  };
  assert.equal(hottest(0), hottest(19_900));
  assert.notEqual(hottest(0), hottest(20_000));
  const scan = createProgram('scan', SIZE);
  const shares = new Float64Array(units);
  const visits = new Float64Array(units);
  for (let atMs = 0; atMs < 2000; atMs += 100) {
    scan.fill(shares, atMs, atMs + 100);
    for (const [unit, share] of shares.entries()) visits[unit]! += share;
  }
  assert.ok(Math.max(...visits) / Math.min(...visits) < 1.01);
});
