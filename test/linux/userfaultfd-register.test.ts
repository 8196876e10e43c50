import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { libc } from '../../src/linux/sys/libc.js';
import { HUGE, memory, PAGE, peek, withUserfaultfd } from './support/memory.js';

const [PROT_READ, MAP_PRIVATE_FIXED, O_RDONLY] = [1, 0x12, 0];
const ZEROS = new Uint8Array(PAGE);

test('a range can be registered, again, and unregistered', () => {
  withUserfaultfd((uffd) => {
    const range = memory(HUGE, false);
    assert.equal(uffd.register(range.address, HUGE), 0);
    assert.equal(uffd.register(range.address + PAGE, PAGE), 0, 'again, by the same descriptor');
    assert.equal(uffd.wake(range.address, HUGE), 0);
    assert.equal(uffd.unregister(range.address, HUGE), 0);
    assert.equal(uffd.unregister(range.address, HUGE), 0, 'again');
    range.unmap();
  });
});

test('what another descriptor has registered is EBUSY', () => {
  withUserfaultfd((one) => {
    withUserfaultfd((two) => {
      const range = memory(HUGE, false);
      assert.equal(one.register(range.address, HUGE), 0);
      assert.equal(two.register(range.address, HUGE), -ERRNO.EBUSY);
      one.unregister(range.address, HUGE);
      assert.equal(two.register(range.address, HUGE), 0);
      two.unregister(range.address, HUGE);
      range.unmap();
    });
  });
});

test('a range that is unaligned, empty or not mapped is an error, not a crash', () => {
  withUserfaultfd((uffd) => {
    const range = memory(HUGE, false);
    assert.equal(uffd.register(range.address + 1, PAGE), -ERRNO.EINVAL);
    assert.equal(uffd.register(range.address, 100), -ERRNO.EINVAL);
    assert.equal(uffd.register(range.address, 0), -ERRNO.EINVAL);
    assert.equal(uffd.wake(range.address + 1, PAGE), -ERRNO.EINVAL);
    range.unmap();
    assert.ok(uffd.register(range.address, HUGE) < 0);
  });
});

test('after it is closed every call is EBADF', () => {
  const range = memory(HUGE, false);
  let after = 0;
  withUserfaultfd((uffd) => {
    after = uffd.descriptor;
    uffd.close();
    assert.equal(uffd.register(range.address, HUGE), -ERRNO.EBADF);
    assert.equal(uffd.move(range.address, range.address + PAGE, PAGE, true), 0);
    assert.equal(uffd.errno, ERRNO.EBADF);
    uffd.resolveHoles(() => false);
  });
  assert.ok(after > 2);
  range.unmap();
  assert.ok(libc().sysconf(30) === PAGE);
});

test('around files that are mapped over parts of a range, the rest is unregistered', () => {
  withUserfaultfd((uffd) => {
    const range = memory(HUGE, false);
    assert.equal(uffd.register(range.address, HUGE), 0);
    const { mmap, open, close } = libc();
    const file = open(process.execPath, O_RDONLY);
    const taken = new Set([0, 77, 78, 300]);
    for (const page of taken) {
      const at = range.address + page * PAGE;
      assert.equal(mmap(at, PAGE, PROT_READ, MAP_PRIVATE_FIXED, file, 0), at);
    }
    // A file in memory (tmpfs), as in the virtual machine of test:numa, could be registered itself.
    assert.ok([0, -ERRNO.EINVAL].includes(uffd.unregister(range.address, HUGE)));
    // This thread would sleep forever in a page that is still registered.
    for (let page = 0; page < HUGE / PAGE; page++) {
      if (!taken.has(page)) assert.deepEqual(peek(range.address + page * PAGE, PAGE), ZEROS);
    }
    close(file);
    range.unmap();
  });
});
