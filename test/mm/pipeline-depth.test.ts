import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { Migrator } from '../../src/offload/migrator.js';
import type { Fault } from '../machine/fake-machine.js';
import type { Folio } from '../machine/hand-migration.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';
import { checkFolios, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const DEPTHS = [1, 2, 3, 4];
const BATCHES = 10;

/** In what order batches of four leave and come back. */
function sequence(migrator: Migrator | undefined, depth: number): string[] {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const { result } = migrate(fake, row(4 * BATCHES), {
    machine,
    batchPages: 4,
    settings: { pipeline_depth: depth },
    ...(migrator === undefined ? {} : { migrator }),
  });
  assert.equal(result, 0);
  checkFolios(fake, row(4 * BATCHES), TARGET);
  return machine.sequence('unmap', 'map');
}

const repeat = (count: number, ...calls: string[]): string[] =>
  Array.from({ length: count }, () => calls).flat();

for (const depth of DEPTHS) {
  test(`depth ${depth}: the next batches are unmapped while one is copied, and never more than ${depth} are out`, () => {
    const migrator = new SpyAsyncMigrator();
    assert.deepEqual(sequence(migrator, depth), [
      ...repeat(depth, 'unmap'),
      ...repeat(BATCHES - depth, 'map', 'unmap'),
      ...repeat(depth, 'map'),
    ]);
    assert.deepEqual([migrator.started, migrator.finished, migrator.max], [BATCHES, BATCHES, depth]);
  });

  test(`depth ${depth}: without a migrator, or with one that copies at once, batches go one by one`, () => {
    const oneByOne = repeat(BATCHES, 'unmap', 'map');
    assert.deepEqual(sequence(undefined, depth), oneByOne);
    assert.deepEqual(sequence(new CpuMigrator(), depth), oneByOne);
  });
}

test('fewer batches than the depth all go out at once', () => {
  const fake = machineWith();
  const migrator = new SpyAsyncMigrator();
  migrate(fake, row(8), { migrator, batchPages: 4, settings: { pipeline_depth: 4 } });
  assert.equal(migrator.max, 2);
  checkFolios(fake, row(8), TARGET);
});

test('a batch that the migrator does not take on goes back before another leaves, with those that were out', () => {
  const spy = new SpyAsyncMigrator();
  let asked = 0;
  const migrator: Migrator = {
    name: 'choosy',
    offloadCopy: () => assert.fail('it is asked to start'),
    startCopy: (list, port) => (++asked === 3 ? -ERRNO.EOPNOTSUPP : spy.startCopy(list, port)),
  };
  assert.deepEqual(sequence(migrator, 4).slice(0, 10), [
    ...repeat(3, 'unmap'),
    ...repeat(3, 'map'),
    ...repeat(4, 'unmap'),
  ]);
});

/** A list with everything in it, and what goes wrong with it, the same whatever the depth. */
function mixed(depth: number, batchPages: number) {
  const at: Record<number, Partial<Record<'unmap' | 'copy' | 'map', [errno: number, times: number]>>> = {
    [FIRST + 3]: { unmap: [ERRNO.EAGAIN, 4] },
    [FIRST + 6]: { unmap: [ERRNO.EBUSY, 99] },
    [FIRST + 17]: { copy: [ERRNO.EHWPOISON, 99] },
    [FIRST + 21]: { map: [ERRNO.EAGAIN, 99] },
    [FIRST + 23]: { map: [ERRNO.EAGAIN, 2] },
    [FIRST + 70]: { map: [ERRNO.EIO, 99] },
  };
  const fault =
    (step: 'unmap' | 'copy' | 'map'): Fault =>
    (page, attempt) => {
      const [errno, times] = at[page]?.[step] ?? [0, 0];
      return attempt <= times ? errno : 0;
    };
  const fake = machineWith({ onUnmap: fault('unmap'), onCopy: fault('copy'), onMap: fault('map') });
  fake.memory.forget(FIRST + 9);
  fake.memory.forget(FIRST + 69);
  fake.hold(FIRST + 11);
  const folios: Folio[] = [...row(32), ...row(8, 3, FIRST + 64), ...row(16, 0, FIRST + 160)];
  const migrator = new SpyAsyncMigrator((list, port, batch) =>
    copySome(list, port, (i) => (i + batch) % 5 !== 0),
  );
  const { result, stats, failures } = migrate(fake, folios, {
    migrator,
    batchPages,
    settings: { pipeline_depth: depth, max_failures: 1_000_000 },
  });
  for (let page = FIRST; page < FIRST + 256; page++)
    if (fake.memory.has(page)) fake.memory.checkContent(page, 1);
  const nodes = Array.from({ length: 256 }, (_, i) =>
    fake.memory.has(FIRST + i) ? fake.memory.nodeOf(FIRST + i) : -1,
  );
  const { unmap_ns, copy_ns, map_ns, destination_ns, batches, ...counters } = stats.toObject();
  // How folios fall into batches depends on where the parts of a split one come.
  const { offload_folios, offload_batches, fallbacks, fallbacks_unmarked, fallbacks_failed, ...outcome } =
    counters;
  assert.equal(fallbacks, fallbacks_unmarked + fallbacks_failed);
  assert.ok(offload_batches <= batches && offload_folios > fallbacks);
  return { result, outcome, nodes, failures: failures.toSorted((a, b) => a.page - b.page) };
}

for (const depth of DEPTHS.slice(1)) {
  for (const size of [1, 8, 512]) {
    test(`depth ${depth} gives what depth 1 gives, whatever goes wrong, with batches of ${size}`, () => {
      const expected = mixed(1, size);
      assert.ok(expected.failures.length >= 5 && expected.outcome.splits > 0 && expected.outcome.retries > 0);
      assert.ok(expected.nodes.includes(SOURCE) && expected.nodes.includes(TARGET));
      assert.deepEqual(mixed(depth, size), expected);
    });
  }
}

test('a folio that is listed again while it is out is busy; once it is back it moves again', () => {
  for (const [depth, failed] of [
    [1, 0],
    [2, 1],
  ] as const) {
    const fake = machineWith();
    const folios = [...row(4), ...row(1), ...row(3, 0, FIRST + 4)];
    const { result, failures } = migrate(fake, folios, {
      migrator: new SpyAsyncMigrator(),
      batchPages: 4,
      settings: { pipeline_depth: depth },
    });
    assert.equal(result, failed);
    assert.deepEqual(failures, Array(failed).fill({ page: FIRST, pages: 1, errno: ERRNO.EBUSY }));
    checkFolios(fake, row(7), TARGET);
  }
});
