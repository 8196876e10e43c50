import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochMonitor } from '../../src/access/epochs.js';
import { InPlaceSource } from '../../src/access/in-place.js';
import { PAGE_SIZE } from '../../src/common/page.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import type { FolioList } from '../../src/mm/pipeline/folio-list.js';
import type { PageMarksPort } from '../../src/mm/ports/access-port.js';
import { SimLiveMachine } from '../../src/sim/machine/sim-live-machine.js';
import { Simulation } from '../../src/sim/simulation.js';
import { zen3 } from '../sim/profiles.js';

/** Marks that are told, for each page of the machine, and time that goes by as the test wants. */
class ToldMarks implements PageMarksPort {
  units: (readonly [page: number, pages: number])[] = [];
  refuses = false;
  windowNs = 0;
  accessed: (page: number, pages: number) => number = () => 0;

  arm(_space: number, units: FolioList): number {
    this.units = Array.from({ length: units.length }, (_, i) => [units.page[i]!, 1 << units.order[i]!]);
    return this.refuses ? 0 : units.length;
  }

  collect(each: (page: number, pages: number, accessed: number, single: boolean) => void): void {
    for (const [page, pages] of this.units) each(page, pages, this.accessed(page, pages), false);
  }
}

function scene(spans: readonly (readonly [page: number, pages: number])[], unitPages = 512) {
  const sim = new Simulation({ profile: zen3(), nodePages: [65536, 65536] });
  const machine = new SimLiveMachine({ machine: sim.machine, seen: sim.seen, space: sim.newSpace(0, 65536) });
  const space = machine.attach(
    spans.map(([page, pages]) => ({ address: page * PAGE_SIZE, pages })),
    0,
  );
  const { pages } = machine.space(space);
  const records = new HeatRecords({ pages, minUnitPages: 512 });
  const marks = new ToldMarks();
  const time = { cpuNs: 0, programNs: 0 };
  const clock = { cpuNs: () => time.cpuNs, programNs: () => time.programNs };
  const monitor = new EpochMonitor(
    machine,
    new InPlaceSource('referenced', marks, clock),
    records,
    0.01,
    unitPages,
  );
  /** An epoch that lasts as long as the monitor wants, and costs `cpuNs`. */
  const epoch = (cpuNs = 0): { windowNs: number; pauseNs: number } => {
    const windowNs = monitor.begin(space);
    marks.windowNs = windowNs;
    time.programNs += windowNs;
    const { collect } = marks;
    marks.collect = (each) => {
      time.cpuNs += cpuNs;
      collect.call(marks, each);
    };
    const pauseNs = monitor.end(space);
    marks.collect = collect;
    return { windowNs, pauseNs };
  };
  const rates = () =>
    takeSnapshot(records, {
      unitBytes: 512 * PAGE_SIZE,
      atNs: machine.now() + 1,
      source: 'referenced',
      sees: monitor.source.sees,
    }).rate;
  return { marks, monitor, epoch, rates, space };
}

test('every page of the region is in one unit, aligned, at most as large as asked', () => {
  for (const [spans, unitPages] of [
    [[[512, 4096]], 512],
    [[[515, 1300]], 512],
    [[[515, 1300]], 64],
    [
      [
        [100, 7],
        [2048, 600],
      ],
      512,
    ],
  ] as const) {
    const { marks, epoch } = scene(spans, unitPages);
    epoch();
    const listed = marks.units.flatMap(([page, pages]) => Array.from({ length: pages }, (_, k) => page + k));
    assert.deepEqual(
      listed,
      spans.flatMap(([page, pages]) => Array.from({ length: pages }, (_, k) => page + k)),
    );
    for (const [page, pages] of marks.units) {
      assert.ok(pages <= unitPages);
      assert.equal(page % pages, 0);
    }
  }
});

test('rates follow from the parts of the units that were accessed', () => {
  const { marks, epoch, rates } = scene([[0, 4096]]);
  // Accesses in an epoch: as many pages are hit at least once as for random pages.
  const perSecond = [0, 1e4, 1e5, 1e6, 2e4, 0, 4e4, 1e3];
  marks.accessed = (page, pages) =>
    pages * -Math.expm1((-perSecond[page / 512]! * marks.windowNs) / 1e9 / pages);
  for (let k = 0; k < 8; k++) epoch();
  const found = rates();
  for (const [unit, expected] of perSecond.entries()) {
    const saturated = expected === 1e6;
    if (saturated) assert.ok(found[unit]! > 1e5, `unit ${unit}: ${found[unit]}`);
    else assert.ok(Math.abs(found[unit]! - expected) <= expected * 0.1, `unit ${unit}: ${found[unit]}`);
  }
});

test('epochs get shorter while every page is accessed, and longer while none is', () => {
  const busy = scene([[0, 4096]]);
  busy.marks.accessed = (_page, pages) => pages;
  const windows = Array.from({ length: 6 }, () => busy.epoch().windowNs);
  for (let k = 1; k < 6; k++) assert.ok(windows[k]! < windows[k - 1]! || windows[k] === 1e6);
  assert.equal(windows[5], 1e6);
  const idle = scene([[0, 4096]]);
  const longer = Array.from({ length: 6 }, () => idle.epoch().windowNs);
  for (let k = 1; k < 6; k++) assert.ok(longer[k]! > longer[k - 1]! || longer[k] === 500e6);
  assert.equal(longer[5], 500e6);
});

test('epochs get shorter while something ends each of them', () => {
  const { marks, epoch } = scene([[512, 2048]]);
  for (let i = 0; i < 10; i++) epoch();
  const { windowNs } = epoch();
  const { collect } = marks;
  marks.collect = () => undefined;
  for (let i = 1; i < 4; i++) assert.equal(epoch().windowNs, windowNs / 4 ** (i - 1));
  for (let i = 0; i < 10; i++) epoch();
  assert.equal(epoch().windowNs, 1e6);
  marks.collect = collect;
  epoch();
  assert.equal(epoch().windowNs, 4e6);
});

test('the next epoch waits until the last one is paid for', () => {
  const { epoch } = scene([[0, 4096]]);
  // The machine's own clock stands still, at 0, and observations begin at 1.
  assert.equal(epoch().pauseNs, 1);
  assert.equal(epoch(15e6).pauseNs, 1500e6 + 1);
});

test('a region that cannot be watched now is not waited for', () => {
  const { marks, monitor, space } = scene([[0, 4096]]);
  marks.refuses = true;
  assert.equal(monitor.begin(space), 0);
});
