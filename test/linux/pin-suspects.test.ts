import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mayPin } from '../../src/linux/pin-suspects.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { memory, PAGE } from './support/memory.js';

/** A /proc/self of a process with these descriptors: where each leads, and its flags. */
function processWith(descriptors: readonly (readonly [target: string, flags: string])[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  try {
    for (const name of ['fd', 'fdinfo']) mkdirSync(join(folder, name));
    for (const [i, [target, flags]] of descriptors.entries()) {
      symlinkSync(target, join(folder, 'fd', String(i)));
      writeFileSync(join(folder, 'fdinfo', String(i)), `pos:\t0\nflags:\t${flags}\nmnt_id:\t9\n`);
    }
    return mayPin(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a process with files, pipes and sockets alone pins nothing', () => {
  assert.equal(
    processWith([
      ['/dev/null', '02'],
      ['pipe:[7]', '01'],
      ['socket:[8]', '02'],
      ['/tmp/file', '0100002'],
    ]),
    false,
  );
  assert.equal(processWith([]), false);
});

for (const target of [
  'anon_inode:[io_uring]',
  '/dev/infiniband/uverbs0',
  '/dev/vfio/7',
  'anon_inode:kvm-vm',
]) {
  test(`a process with ${target} may`, () => {
    assert.equal(
      processWith([
        ['/dev/null', '02'],
        [target, '02'],
      ]),
      true,
    );
  });
}

test('so may one with a file that is read past the page cache', () => {
  const direct = (process.arch === 'arm64' ? 0o200000 : 0o40000) | 2;
  assert.equal(processWith([['/tmp/file', `0${direct.toString(8)}`]]), true);
  assert.equal(constants.O_DIRECT, direct & ~2);
});

test('what cannot be looked at may be anything', () => {
  assert.equal(mayPin('/nowhere'), true);
});

test('an io_uring of this process is seen, and that it is gone', (t) => {
  const before = mayPin();
  const page = memory(PAGE, true);
  const pin = PinnedPage.pin(page.address);
  if (typeof pin === 'string') {
    t.skip(pin);
    return;
  }
  assert.equal(mayPin(), true);
  pin.unpin();
  page.unmap();
  assert.equal(mayPin(), before);
});

test('a file of this process that was opened with O_DIRECT is seen', (t) => {
  const file = join(mkdtempSync(join(process.cwd(), '.cache-pf-')), 'file');
  try {
    writeFileSync(file, 'x');
    let fd: number;
    try {
      fd = openSync(file, constants.O_RDONLY | constants.O_DIRECT);
    } catch {
      t.skip('this file system has no O_DIRECT');
      return;
    }
    assert.equal(mayPin(), true);
    closeSync(fd);
  } finally {
    rmSync(join(file, '..'), { recursive: true });
  }
});
