import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { pagePattern } from '../machine/page-pattern.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const written = pagePattern(FIRST, 64, 5);

test('a page that loses its protection after its copy, and is written to, is copied afresh', () => {
  const fake = machineWith({
    onCall: (call) => {
      if (call !== 'beginCutover') return;
      fake.loseProtection(FIRST);
      assert.equal(fake.writeByThread(FIRST, written), true);
    },
  });
  const { result, stats } = migrate(fake, row(3), { writeProtected: { pages: 1 } });
  assert.equal(result, 0);
  assert.deepEqual(fake.memory.read(FIRST), written);
  assert.equal(fake.attempts('copy', FIRST), 2);
  checkStats(stats, { write_protected_folios: 2, write_protected_stale: 0, folios_moved: 3 });
});

test('a page that is given back and touched anew is not taken for the one that was copied', () => {
  const fake = machineWith({
    onCall: (call) => {
      if (call !== 'beginCutover') return;
      fake.drop(FIRST);
      fake.memory.populate(FIRST, 1, SOURCE);
      fake.memory.write(FIRST, written);
    },
  });
  const { result, stats } = migrate(fake, row(3), { writeProtected: {} });
  assert.equal(result, 0);
  assert.deepEqual(fake.memory.read(FIRST), written);
  checkStats(stats, { write_protected_folios: 2, folios_moved: 3 });
});

test('a page that is given back is absent, and of a large folio the others move one by one', () => {
  for (const order of [0, 3]) {
    const fake = machineWith({
      onCall: (call) => {
        if (call === 'beginCutover' && fake.memory.has(FIRST)) fake.drop(FIRST);
      },
    });
    const { result, stats } = migrate(fake, row(2, order), { writeProtected: {} });
    assert.equal(result, 0);
    const pages = (2 << order) - 1;
    checkFolios(fake, row(pages, 0, FIRST + 1), TARGET);
    checkStats(stats, { folios_absent: 1, nr_succeeded: pages, splits: order === 0 ? 0 : 1 });
  }
});

for (const compare of [true, false]) {
  test(`a device writes by a pin: ${compare ? 'compared, the copy is found stale' : 'nobody compares'}`, () => {
    const fake = machineWith({
      onCall: (call) => {
        if (call === 'beginCutover' && compare) fake.writeByPin(FIRST, written);
      },
    });
    const { stats } = migrate(fake, row(3), { writeProtected: { compare } });
    assert.deepEqual(fake.memory.read(FIRST), compare ? written : pagePattern(FIRST, 64));
    checkStats(stats, {
      write_protected_folios: compare ? 2 : 3,
      write_protected_stale: compare ? 1 : 0,
      folios_moved: 3,
    });
  });
}

test('without a comparison no content is read a second time', () => {
  const compared: string[] = [];
  const fake = machineWith({ onCall: (call) => void (call === 'compare' && compared.push(call)) });
  migrate(fake, row(4), { writeProtected: {} });
  assert.equal(compared.length, 0);
  migrate(fake, row(4, 0, FIRST + 4), { writeProtected: { compare: true } });
  assert.equal(compared.length, 4);
});

test('what cannot be read where it is mapped is copied once it is out, and the rest of its batch is not', () => {
  const fake = machineWith({ onProtect: (page) => (page === FIRST + 4 ? ERRNO.EFAULT : 0) });
  fake.hide(FIRST + 9);
  const machine = new RecordingMachine(fake);
  const { result, stats } = migrate(fake, row(4, 2), { machine, writeProtected: {} });
  assert.equal(result, 0);
  checkFolios(fake, row(4, 2), TARGET);
  checkStats(stats, { write_protected_folios: 2, folios_moved: 4 });
  const unmapped = machine.calls.indexOf('unmap');
  const copied = (page: number): number => machine.calls.indexOf(`copy ${page} x4`);
  for (const [page, through] of [
    [FIRST, true],
    [FIRST + 4, false],
    [FIRST + 8, false],
    [FIRST + 12, true],
  ] as const) {
    assert.equal(copied(page) < unmapped, through, `page ${page}`);
  }
});
