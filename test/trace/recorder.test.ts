import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import { FIRST, machineWith, row } from '../mm/scenario.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { only, RecordedPipeline } from './recorded.js';

const TAKEN_OUT = ['isolate', 'destinations', 'unmap', 'flush'];
const BROUGHT_BACK = ['move', 'map', 'putback'];

function phasesOf(events: Parameters<typeof only>[0], batch: number): string[] {
  return only(events, 'phase')
    .filter((event) => event.batch === batch)
    .map(({ phase }) => phase);
}

test('every batch begins, goes through its phases in order, and ends', () => {
  const events = new RecordedPipeline(machineWith()).migrate(row(10));
  assert.deepEqual(
    only(events, 'batch-begin').map(({ batch, folios, pages }) => [batch, folios, pages]),
    [
      [1, 4, 4],
      [2, 4, 4],
      [3, 2, 2],
    ],
  );
  for (const batch of [1, 2, 3]) {
    assert.deepEqual(phasesOf(events, batch), [...TAKEN_OUT, ...BROUGHT_BACK]);
  }
  assert.deepEqual(
    only(events, 'batch').map(({ batch, moved, failed, other, bytes }) => [
      batch,
      moved,
      failed,
      other,
      bytes,
    ]),
    [
      [1, 4, 0, 0, 4 * 4096],
      [2, 4, 0, 0, 4 * 4096],
      [3, 2, 0, 0, 2 * 4096],
    ],
  );
});

test('what batches have moved is added up by migrator, while somebody reads', () => {
  const pipeline = new RecordedPipeline(machineWith(), new CpuMigrator());
  pipeline.migrate(row(10));
  const { moved } = pipeline.reader;
  const cpu = pipeline.recorder.ring.names.numberOf('cpu');
  assert.deepEqual([moved.bytesOf(cpu), moved.batchesOf(cpu)], [10 * 4096, 3]);
  const unread = new RecordedPipeline(machineWith());
  unread.reader.close();
  unread.migrate(row(10));
  assert.deepEqual([unread.reader.moved.bytesOf(0), unread.reader.moved.batchesOf(0)], [0, 0]);
});

test('phases follow each other without a gap, within their batch, and never two at once', () => {
  const events = new RecordedPipeline(machineWith(), new SpyAsyncMigrator()).migrate(row(16));
  const batches = new Map(only(events, 'batch').map((batch) => [batch.batch, batch]));
  let end = 0;
  for (const phase of only(events, 'phase')) {
    const batch = batches.get(phase.batch)!;
    assert.ok(phase.at >= end, 'one begins where the one before has ended, or later');
    assert.ok(phase.at > batch.at && phase.at + phase.ns <= batch.at + batch.ns, 'within its batch');
    end = phase.at + phase.ns;
  }
});

test('a migrator at once: a phase of copying, by its name; what it copied is counted', () => {
  const events = new RecordedPipeline(machineWith(), new CpuMigrator()).migrate(row(4));
  assert.deepEqual(phasesOf(events, 1), [...TAKEN_OUT, 'copy', ...BROUGHT_BACK]);
  const copy = only(events, 'phase').find(({ phase }) => phase === 'copy')!;
  assert.equal(copy.migrator, 'cpu');
  const [batch] = only(events, 'batch');
  assert.deepEqual(
    [batch!.migrator, batch!.offloaded, batch!.fellBack, batch!.cause],
    ['cpu', 4, 0, undefined],
  );
});

test('a copy that goes on by itself: its end is waited for, while other batches have their turn', () => {
  const events = new RecordedPipeline(machineWith(), new SpyAsyncMigrator()).migrate(row(8));
  for (const batch of [1, 2]) {
    assert.deepEqual(phasesOf(events, batch), [...TAKEN_OUT, 'copy', 'wait', ...BROUGHT_BACK]);
  }
  const order = only(events, 'phase').map(({ phase, batch }) => `${phase} ${batch}`);
  assert.ok(order.indexOf('copy 2') < order.indexOf('wait 1'), 'the second is out before the first is back');
  assert.deepEqual(new Set(only(events, 'batch').map(({ slot }) => slot)), new Set([0, 1]));
});

test('what fell back is counted with its cause', () => {
  const declines = new SpyAsyncMigrator(() => -ERRNO.EOPNOTSUPP);
  const [batch] = only(new RecordedPipeline(machineWith(), declines).migrate(row(4)), 'batch');
  assert.deepEqual([batch!.offloaded, batch!.fellBack, batch!.cause], [0, 4, 'declined']);
  assert.equal(batch!.moved, 4);
});

test('a folio that fails is counted, and what goes back is an undo', () => {
  const fake = machineWith({ onCopy: (page) => (page === FIRST + 1 ? ERRNO.EHWPOISON : 0) });
  const events = new RecordedPipeline(fake).migrate(row(4));
  const [batch] = only(events, 'batch');
  assert.deepEqual([batch!.moved, batch!.failed, batch!.bytes], [3, 1, 3 * 4096]);
  assert.deepEqual(phasesOf(events, 1), [...TAKEN_OUT, 'move', 'map', 'undo']);
});

test('each pass over what gave EAGAIN is a phase of its own', () => {
  let tries = 0;
  const fake = machineWith({ onMap: (page) => (page === FIRST && tries++ < 2 ? ERRNO.EAGAIN : 0) });
  const events = new RecordedPipeline(fake).migrate(row(2));
  assert.deepEqual(phasesOf(events, 1), [
    ...TAKEN_OUT,
    'move',
    'map',
    'move',
    'map',
    'move',
    'map',
    'putback',
  ]);
});

test('a machine that breaks: the batch ends all the same', () => {
  const fake = machineWith({
    onUnmap: (page) => {
      if (page === FIRST + 5) throw new Error('the machine broke');
      return 0;
    },
  });
  const pipeline = new RecordedPipeline(fake);
  assert.throws(() => pipeline.migrate(row(8)), { message: 'the machine broke' });
  const { events } = pipeline.reader.read();
  assert.equal(only(events, 'batch-begin').length, only(events, 'batch').length);
  assert.deepEqual(phasesOf(events, 2).at(-1), 'undo');
  const [, broken] = only(events, 'batch');
  assert.deepEqual([broken!.moved, broken!.failed], [0, 4]);
});

test('nobody reads: nothing is recorded, and nobody is told', () => {
  const pipeline = new RecordedPipeline(machineWith(), new CpuMigrator());
  pipeline.reader.close();
  assert.equal(pipeline.recorder.observe(), undefined);
  assert.deepEqual(pipeline.migrate(row(8)), []);
  pipeline.recorder.migrator('register', 'cpu');
  pipeline.recorder.parameter('a/b', '1');
  pipeline.recorder.pool(0, 1, 2);
  assert.equal(pipeline.reader.head, 0);
});

test('a migration has its beginning and end, and batches are of the one whose step it is', () => {
  const pipeline = new RecordedPipeline(machineWith(), undefined, [10, 11]);
  const { recorder } = pipeline;
  const step = (migration: ReturnType<typeof recorder.beginMigration>, first: number): void => {
    const interrupted = recorder.stepping(migration);
    pipeline.migrate(row(4, 0, first));
    recorder.stepped(interrupted);
  };
  const one = recorder.beginMigration(7, 'demotion', 1);
  step(one, FIRST);
  const other = recorder.beginMigration(8, 'syscall', undefined);
  step(other, FIRST + 100);
  step(one, FIRST + 4);
  recorder.endMigration(one);
  recorder.endMigration(other);
  const { events } = pipeline.reader.read();
  assert.deepEqual(
    only(events, 'batch').map(({ migration }) => migration),
    [1, 2, 1],
  );
  const [first, second] = only(events, 'migration');
  assert.deepEqual(
    [first!.migration, first!.region, first!.reason, first!.target, first!.moved, first!.bytes],
    [1, 7, 'demotion', 11, 8, 8 * 4096],
  );
  assert.deepEqual([second!.migration, second!.target, second!.moved], [2, undefined, 4]);
});

test('a step within the step of another migration: what comes after it is of the other again', () => {
  const pipeline = new RecordedPipeline(machineWith());
  const { recorder } = pipeline;
  const outer = recorder.beginMigration(1, 'syscall', 1);
  const before = recorder.stepping(outer);
  const interrupted = recorder.stepping(recorder.beginMigration(2, 'syscall', 1));
  pipeline.migrate(row(4));
  recorder.stepped(interrupted);
  pipeline.migrate(row(4, 0, FIRST + 8));
  recorder.stepped(before);
  pipeline.migrate(row(4, 0, FIRST + 16));
  assert.deepEqual(
    only(pipeline.reader.read().events, 'batch').map(({ migration }) => migration),
    [2, 1, 0],
  );
});
