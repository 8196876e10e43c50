import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { Migrator } from '../../src/offload/migrator.js';
import type { Fault } from '../machine/fake-machine.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';
import { checkFolios, FIRST, machineWith, migrate, row, TARGET } from './scenario.js';

const DEPTHS = [1, 2, 3, 4];
const BATCHES = 8;

/** In what order batches of four are write-protected and cut over, in two pieces each. */
function sequence(migrator: Migrator | undefined, depth: number): string[] {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  const { result } = migrate(fake, row(4 * BATCHES), {
    machine,
    batchPages: 4,
    writeProtected: { pages: 2 },
    settings: { pipeline_depth: depth },
    ...(migrator === undefined ? {} : { migrator }),
  });
  assert.equal(result, 0);
  checkFolios(fake, row(4 * BATCHES), TARGET);
  return machine.sequence('protect', 'unmap', 'map');
}

const repeat = (count: number, ...calls: string[]): string[] =>
  Array.from({ length: count }, () => calls).flat();

const CUTOVER = repeat(2, 'unmap', 'map');

for (const depth of DEPTHS) {
  test(`depth ${depth}: the next batches are write-protected while one is copied, and never more than ${depth}`, () => {
    const migrator = new SpyAsyncMigrator();
    assert.deepEqual(sequence(migrator, depth), [
      ...repeat(depth, 'protect'),
      ...repeat(BATCHES - depth, ...CUTOVER, 'protect'),
      ...repeat(depth, ...CUTOVER),
    ]);
    assert.equal(migrator.max, depth);
  });

  test(`depth ${depth}: without a migrator, or with one that copies at once, batches go one by one`, () => {
    const oneByOne = repeat(BATCHES, 'protect', ...CUTOVER);
    assert.deepEqual(sequence(undefined, depth), oneByOne);
    assert.deepEqual(sequence(new CpuMigrator(), depth), oneByOne);
  });
}

/** A list with everything in it, and what goes wrong with it, whatever the way. */
function mixed(depth: number, pages: number | undefined) {
  const at: Record<number, Partial<Record<'unmap' | 'copy' | 'map', [errno: number, times: number]>>> = {
    [FIRST + 3]: { unmap: [ERRNO.EAGAIN, 2] },
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
  const migrator = new SpyAsyncMigrator((list, port, batch) =>
    copySome(list, port, (i) => (i + batch) % 5 !== 0),
  );
  const { result, stats, failures } = migrate(
    fake,
    [...row(32), ...row(8, 3, FIRST + 64), ...row(16, 0, FIRST + 160)],
    {
      migrator,
      batchPages: 16,
      settings: { pipeline_depth: depth, max_failures: 1_000_000 },
      ...(pages === undefined ? {} : { writeProtected: { pages } }),
    },
  );
  const nodes = Array.from({ length: 256 }, (_, i) =>
    fake.memory.has(FIRST + i) ? fake.memory.nodeOf(FIRST + i) : -1,
  );
  const { folios_moved, folios_failed, folios_absent, nr_succeeded, nr_failed_pages, splits } =
    stats.toObject();
  const counted = { folios_moved, folios_failed, folios_absent, nr_succeeded, nr_failed_pages, splits };
  return { result, counted, nodes, failures: failures.toSorted((a, b) => a.page - b.page) };
}

for (const depth of DEPTHS) {
  for (const pages of [1, 5, 512]) {
    test(`depth ${depth}, pieces of ${pages}: what becomes of each folio is what an exclusive migration gives`, () => {
      const expected = mixed(1, undefined);
      assert.ok(expected.failures.length >= 5 && expected.counted.splits > 0);
      assert.deepEqual(mixed(depth, pages), expected);
    });
  }
}
