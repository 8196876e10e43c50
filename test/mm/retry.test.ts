import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { MigrateMode } from '../../src/mm/mode.js';
import type { FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const PASSES: readonly (readonly [MigrateMode, number])[] = [
  ['async', 3],
  ['sync_light', 10],
  ['sync', 10],
];

/** EAGAIN for the second folio, the first `times` times. */
const again =
  (times: number): Fault =>
  (page, attempt) =>
    page === FIRST + 4 && attempt <= times ? ERRNO.EAGAIN : 0;

const STEPS: readonly (readonly ['unmap' | 'copy' | 'map', (fault: Fault) => FakeMachineOptions])[] = [
  ['unmap', (onUnmap) => ({ onUnmap })],
  ['copy', (onCopy) => ({ onCopy })],
  ['map', (onMap) => ({ onMap })],
];

for (const [mode, passes] of PASSES) {
  for (const [step, inject] of STEPS) {
    test(`${mode}: a folio that gives EAGAIN at ${step} is tried ${passes} times`, () => {
      const fake = machineWith(inject(again(passes - 1)));
      const { result, failures, stats } = migrate(fake, row(3, 2), { mode });
      assert.equal(result, 0);
      assert.deepEqual(failures, []);
      checkFolios(fake, row(3, 2), TARGET);
      checkStats(stats, { retries: passes - 1, nr_succeeded: 12, nr_failed_pages: 0 });
    });

    test(`${mode}: a folio that still gives EAGAIN at ${step} after ${passes} passes is undone, as EBUSY`, () => {
      const fake = machineWith(inject(again(Number.POSITIVE_INFINITY)));
      const { result, failures, stats } = migrate(fake, row(3, 2), { mode });
      assert.equal(result, 1);
      assert.deepEqual(failures, [{ page: FIRST + 4, pages: 4, errno: ERRNO.EBUSY }]);
      assert.equal(fake.attempts(step, FIRST + 4), passes);
      checkFolios(fake, [[FIRST + 4, 2]], SOURCE);
      checkFolios(
        fake,
        [
          [FIRST, 2],
          [FIRST + 8, 2],
        ],
        TARGET,
      );
      checkStats(stats, { retries: passes - 1, nr_succeeded: 8, nr_failed_pages: 4 });
    });
  }

  test(`${mode}: there is a pause between two passes, and none after the last`, () => {
    const fake = machineWith({ onMap: again(Number.POSITIVE_INFINITY) });
    const machine = new RecordingMachine(fake);
    migrate(fake, row(2, 2), { mode, machine });
    const pauses = machine.calls.filter((call) => call.startsWith('pause'));
    assert.deepEqual(
      pauses,
      Array.from({ length: passes - 1 }, (_, i) => `pause ${mode} ${i + 1}`),
    );
  });
}

test('the folios that moved in an earlier pass are left alone in the later ones', () => {
  const fake = machineWith({ onMap: again(5) });
  migrate(fake, row(3, 2));
  assert.equal(fake.attempts('map', FIRST), 1);
  assert.equal(fake.attempts('copy', FIRST), 1);
});

test('a folio that needed all its passes at unmap has all of them again at map', () => {
  const fake = machineWith({ onUnmap: again(9), onMap: again(9) });
  assert.equal(migrate(fake, row(3, 2)).result, 0);
});
