import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChromeEvent } from '../../src/trace/chrome/chrome-event.js';
import { chromeTrace } from '../../src/trace/chrome/chrome-trace.js';
import type { CollectedEvents } from '../../src/trace/collected-events.js';
import { EventCollector } from '../../src/trace/event-collector.js';
import type { FerryEvent } from '../../src/trace/ferry-event.js';
import { machineWith, row } from '../mm/scenario.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { argOf, checkShape, laneNames, spansOf, threadOf } from './chrome-checks.js';
import { RecordedPipeline } from './recorded.js';

function collected(events: readonly FerryEvent[], more: Partial<CollectedEvents> = {}): CollectedEvents {
  return { name: 'ferry 1', began: 0, events, gaps: [], beyond: 0, ...more };
}

function traceOf(events: readonly FerryEvent[], more: Partial<CollectedEvents> = {}): readonly ChromeEvent[] {
  const trace = chromeTrace([{ collected: collected(events, more), origin: 0 }], {});
  checkShape(trace);
  return trace.traceEvents;
}

test('spans of the migration thread: the phases by the names of the kernel, within the halves of their batch', () => {
  const events = new RecordedPipeline(machineWith(), new SpyAsyncMigrator()).migrate(row(8));
  const trace = traceOf(events);
  const names = new Set(spansOf(trace, threadOf(trace, 'migration thread')).map(({ name }) => name));
  assert.deepEqual(
    names,
    new Set([
      'migrate_pages_batch',
      'isolate_folio_to_list',
      'alloc_migration_target',
      'migrate_folio_unmap',
      'try_to_unmap_flush',
      'async',
      'migrate_folios_move',
      'async wait',
      'migrate_folio_move',
      'remove_migration_ptes',
      'putback_movable_pages',
    ]),
  );
  for (const batch of [1, 2]) {
    const own = spansOf(trace, threadOf(trace, 'migration thread')).filter(
      (event) => argOf(event, 'batch') === batch,
    );
    const [first] = own.filter(({ name }) => name === 'migrate_pages_batch');
    const [second] = own.filter(({ name }) => name === 'migrate_folios_move');
    assert.ok(first!.ts + first!.dur! <= second!.ts);
    assert.equal(own.length, 11);
  }
});

test('counters go up with each batch', () => {
  const trace = traceOf(new RecordedPipeline(machineWith()).migrate(row(12)));
  const bytes = trace.filter(({ ph, name }) => ph === 'C' && name === 'bytes moved');
  assert.deepEqual(
    bytes.map((event) => argOf(event, 'bytes')),
    [1, 2, 3].map((batches) => batches * 4 * 4096),
  );
});

test('shares of one channel that overlap get a row each', () => {
  const share = { kind: 'share', lane: 'soft0', bytes: 4096, pieces: 1, outcome: 'done' } as const;
  const trace = traceOf([
    { ...share, batch: 1, at: 1000, ns: 5000 },
    { ...share, batch: 2, at: 2000, ns: 6000 },
    { ...share, batch: 3, at: 6000, ns: 1000 },
  ]);
  const rows = ['soft0', 'soft0, queued behind 1'].map((lane) =>
    spansOf(trace, threadOf(trace, lane)).map((event) => argOf(event, 'batch')),
  );
  assert.deepEqual(rows, [[1, 3], [2]]);
});

test('moments: migrators and parameters', () => {
  const trace = traceOf([
    { kind: 'migrator', at: 10, action: 'register', name: 'dcbm' },
    { kind: 'parameter', at: 20, path: 'module/dcbm/parameters/nr_dma_chan', value: '4' },
    { kind: 'migrator', at: 30, action: 'eject', name: 'dcbm' },
  ]);
  assert.deepEqual(
    trace.filter(({ ph }) => ph === 'i').map(({ name, ts }) => [name, ts]),
    [
      ['register dcbm', 0.01],
      ['module/dcbm/parameters/nr_dma_chan = 4', 0.02],
      ['eject dcbm', 0.03],
    ],
  );
});

test('what had not ended begins and has no end', () => {
  const trace = traceOf([
    { kind: 'migration-begin', at: 5, migration: 1, region: 3, reason: 'syscall', target: 1 },
    { kind: 'batch-begin', at: 10, batch: 1, slot: 0, migration: 1, folios: 4, pages: 4 },
    { kind: 'share-begin', at: 20, lane: 'soft0', batch: 1, bytes: 4096, pieces: 1 },
  ]);
  const begun = trace.filter(({ ph }) => ph === 'B');
  assert.deepEqual(
    begun.map(({ name }) => name),
    ['migrate_pages', 'batch 1', 'batch 1'],
  );
  assert.deepEqual(laneNames(trace).slice(2), ['batch slot 0', 'region 3', 'soft0']);
});

test('events that were lost, or not kept, are said in the trace and in what is about it', () => {
  const gap = { at: 50, lost: 17 };
  const one = collected([{ kind: 'migrator', at: 60, action: 'register', name: 'cpu' }], {
    gaps: [gap],
    beyond: 3,
  });
  const trace = chromeTrace([{ collected: one, origin: 0 }], { clock: 'x' });
  checkShape(trace);
  assert.deepEqual(trace.otherData, { clock: 'x', events_lost: 17, events_not_kept: 3 });
  const said = trace.traceEvents.filter(({ name }) => /lost|kept/.test(name));
  assert.deepEqual(
    said.map(({ name, ts }) => [name, ts]),
    [
      ['17 events lost', 0.05],
      ['3 events not kept', 0.06],
    ],
  );
});

test('a collector that is asked too seldom says how many it has missed, and keeps no more than its limit', () => {
  const pipeline = new RecordedPipeline(machineWith());
  const collector = new EventCollector(pipeline.reader, 'ferry 1', 40, 0);
  pipeline.migrate(row(4));
  collector.collect();
  const before = pipeline.reader.head;
  for (let i = 0; i < 5000; i++) pipeline.recorder.pool(0, i, 0);
  const { events, gaps, beyond } = collector.end();
  assert.equal(events.length, 40);
  assert.deepEqual(
    gaps.map(({ lost }) => lost),
    [5000 - pipeline.reader.capacity],
  );
  assert.equal(events.length + beyond + gaps[0]!.lost, before + 5000);
});
