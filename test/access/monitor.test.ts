import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessCost, AccessSource, OnSeen } from '../../src/access/access-source.js';
import { AccessMonitor, type MonitorBudget } from '../../src/access/monitor.js';
import { PAGE_SIZE } from '../../src/common/page.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import type { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { SimLiveMachine } from '../../src/sim/machine/sim-live-machine.js';
import { Simulation } from '../../src/sim/simulation.js';
import { zen3 } from '../sim/profiles.js';

type Unit = readonly [page: number, pages: number];

/** A source that is told what it sees, and what that costs. */
class ToldSource implements AccessSource {
  readonly name = 'told';
  readonly inPlace = false;
  readonly sees = { reads: true, writes: true, kinds: false, threads: false };
  readonly maxPages = 8192;
  readonly bursts: Unit[][] = [];
  readonly windows: number[] = [];
  cost: AccessCost = { cpuNs: 0, stalledNs: 0, units: 0, touched: 0 };
  watchedNs = 100_000;
  isTouched: (unit: Unit) => boolean = () => false;
  burstCost = { cpuNs: 0, stalledNs: 0 };

  arm(_space: number, units: FolioList): number {
    this.bursts.push(
      Array.from({ length: units.length }, (_, i): Unit => [units.page[i]!, 1 << units.order[i]!]),
    );
    return units.length;
  }

  watch(programNs: number): void {
    this.windows.push(programNs);
  }

  collect(seen: OnSeen): void {
    for (const unit of this.bursts.at(-1)!) seen(...unit, this.watchedNs, this.isTouched(unit) ? 1 : 0, 0, 0);
    const { cpuNs, stalledNs } = this.cost;
    this.cost = {
      ...this.cost,
      cpuNs: cpuNs + this.burstCost.cpuNs,
      stalledNs: stalledNs + this.burstCost.stalledNs,
    };
  }
}

const BUDGET: MonitorBudget = { cpuShare: 0.01, stallShare: 0.01 };

function scene(spans: readonly Unit[], budget = BUDGET, minUnitPages = 1) {
  const sim = new Simulation({ profile: zen3(), nodePages: [65536, 65536] });
  const machine = new SimLiveMachine({ machine: sim.machine, seen: sim.seen, space: sim.newSpace(0, 65536) });
  const space = machine.attach(
    spans.map(([page, pages]) => ({ address: page * PAGE_SIZE, pages })),
    0,
  );
  const { pages } = machine.space(space);
  const records = new HeatRecords({ pages, maxPages: 2 * pages, minUnitPages });
  const source = new ToldSource();
  const monitor = new AccessMonitor(machine, source, records, budget);
  const snapshot = () =>
    takeSnapshot(records, {
      unitBytes: PAGE_SIZE,
      atNs: machine.now() + 1,
      source: 'told',
      sees: source.sees,
    });
  return { machine, space, pages, records, source, monitor, snapshot };
}

const pagesOf = (units: readonly Unit[]) =>
  units.flatMap(([page, n]) => Array.from({ length: n }, (_, k) => page + k));

test('every page is watched once before any is watched again, in units that are aligned', () => {
  for (const spans of [
    [[512, 4096]],
    [[515, 1300]],
    [
      [100, 7],
      [2000, 600],
      [9000, 513],
    ],
    [[1024, 40_000]],
  ] as Unit[][]) {
    const { source, monitor, space, pages } = scene(spans);
    const expected = pagesOf(spans);
    let watched: number[] = [];
    while (watched.length < expected.length) {
      monitor.burst(space);
      const units = source.bursts.at(-1)!;
      assert.ok(units.every(([page, n]) => page % n === 0 && n <= 512));
      assert.ok(units.reduce((sum, [, n]) => sum + n, 0) <= source.maxPages);
      watched = watched.concat(pagesOf(units));
    }
    assert.deepEqual(watched, expected);
    monitor.burst(space);
    assert.equal(source.bursts.at(-1)![0]![0], expected[0], 'then from the start');
    assert.equal(pages, expected.length);
  }
});

test('units that are accessed much are watched in smaller parts, as the records want', () => {
  const { source, monitor, space } = scene([[512, 2048]]);
  source.isTouched = ([page]) => page >= 1024 && page < 1536;
  for (let i = 0; i < 400; i++) monitor.burst(space);
  const sizes = new Map(source.bursts.slice(-50).flat());
  assert.ok([...sizes].some(([page, n]) => page >= 1024 && page < 1536 && n < 512));
  assert.equal(sizes.get(512), 512);
});

test('a region that grows is watched to its new end', () => {
  const { machine, source, monitor, space, records } = scene([[512, 512]]);
  monitor.burst(space);
  const grown = machine.replace(space, [{ address: 512 * PAGE_SIZE, pages: 1024 }], 0);
  for (let i = 0; i < 4; i++) monitor.burst(grown);
  assert.ok(source.bursts.flat().some(([page]) => page === 1024));
  assert.equal(records.pages, 1024);
});

test('a watch in which the program did not run shows nothing', () => {
  const { source, monitor, space, records, snapshot } = scene([[512, 512]]);
  source.watchedNs = 0;
  monitor.burst(space);
  assert.equal(records.stats.rejected, 0);
  assert.ok(snapshot().rate.every(Number.isNaN));
  // But for what it has touched all the same.
  source.isTouched = () => true;
  monitor.burst(space);
  assert.ok(snapshot().rate.every((rate) => rate > 0));
});

test('a burst is paid for before the next one: by CPU time or by waits, whichever takes longer', () => {
  for (const [cpuNs, stalledNs, share, pauseNs] of [
    [1_000_000, 0, 0.01, 100_000_000],
    [1_000_000, 2_000_000, 0.01, 200_000_000],
    [5_000_000, 100_000, 0.5, 10_000_000],
    [0, 0, 0.01, 0],
  ] as const) {
    const { source, monitor, space } = scene([[512, 512]], { cpuShare: share, stallShare: share });
    source.burstCost = { cpuNs, stalledNs };
    // The simulated clock stands still, and begins at 0.
    assert.equal(Math.floor(monitor.burst(space) / 10) * 10, pauseNs);
  }
});

test('a watch gets shorter while too many units are touched, and longer while too few are, within limits', () => {
  const { source, monitor, space } = scene([[512, 4096]], BUDGET, 512);
  for (let i = 0; i < 100; i++) monitor.burst(space);
  const longest = source.windows.at(-1)!;
  assert.ok(longest > source.windows[0]!);
  source.isTouched = () => true;
  for (let i = 0; i < 100; i++) monitor.burst(space);
  const shortest = source.windows.at(-1)!;
  assert.ok(shortest > 0 && shortest < source.windows[0]!);
  // One in eight: as it is wanted.
  source.isTouched = ([page]) => page % 4096 === 512;
  const before = source.windows.length;
  for (let i = 0; i < 50; i++) monitor.burst(space);
  const last = source.windows.slice(before + 25);
  assert.ok(Math.max(...last) < longest && Math.min(...last) >= shortest);
});
