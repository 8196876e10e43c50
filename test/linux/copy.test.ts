import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { type CopyKind, copyRoutine } from '../../src/linux/code/copy.js';
import { libc } from '../../src/linux/sys/libc.js';
import { reserve } from '../../src/linux/sys/mman.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';

for (const kind of ['fast', 'checked'] as const satisfies CopyKind[]) {
  test(`the ${kind} copy copies just the bytes asked for`, () => {
    const copy = copyRoutine(kind);
    const src = memory(HUGE, true);
    const dst = memory(HUGE, true);
    for (const bytes of [PAGE, 5 * PAGE, HUGE - PAGE]) {
      const content = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + bytes / PAGE) % 251);
      poke(src.address, content);
      poke(dst.address, new Uint8Array(HUGE).fill(0xee));
      assert.equal(copy(dst.address, src.address, bytes), 0);
      assert.deepEqual(peek(dst.address, bytes), content);
      assert.ok(peek(dst.address + bytes, PAGE).every((byte) => byte === 0xee));
    }
    src.unmap();
    dst.unmap();
  });
}

test('the checked copy says EFAULT for a source that cannot be read, and goes on working', () => {
  const copy = copyRoutine('checked');
  const src = memory(HUGE, true);
  const dst = memory(HUGE, true);
  // Nothing is mapped after it was unmapped, or the address would be used again.
  const gone = reserve(HUGE);
  gone.unmap();
  assert.equal(copy(dst.address, gone.address, PAGE), -ERRNO.EFAULT);
  assert.equal(copy(dst.address, PAGE, PAGE), -ERRNO.EFAULT);
  poke(src.address, Uint8Array.of(1, 2, 3));
  assert.equal(copy(dst.address, src.address, PAGE), 0);
  assert.deepEqual(peek(dst.address, 3), Uint8Array.of(1, 2, 3));
  src.unmap();
  dst.unmap();
});

test('the checked copy says EFAULT when only the end of the source cannot be read', () => {
  const copy = copyRoutine('checked');
  const dst = memory(2 * HUGE, true);
  const src = memory(2 * HUGE, true);
  libc().munmap(src.address + HUGE, HUGE);
  assert.equal(copy(dst.address, src.address + HUGE - PAGE, 2 * PAGE), -ERRNO.EFAULT);
  assert.equal(copy(dst.address, src.address, HUGE), 0);
  src.unmap();
  dst.unmap();
});
