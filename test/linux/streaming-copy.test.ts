import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { channelCopyRoutine } from '../../src/linux/code/copy.js';
import { streamingCopy, streamingRoutines } from '../../src/linux/code/streaming-copy.js';
import { libc } from '../../src/linux/sys/libc.js';
import { reserve } from '../../src/linux/sys/mman.js';
import { HUGE, memory, PAGE } from './support/memory.js';

type Copy = (dst: number, src: number, bytes: number) => unknown;

/** Bytes before and after each copy that are looked at, and between the start of the memory and the first copy. */
const GUARD = 256;
const UNTOUCHED = 0xee;

const srcMapping = memory(2 * HUGE, true);
const dstMapping = memory(2 * HUGE, true);
const src = new Uint8Array(libc().view(srcMapping.address, 2 * HUGE));
const dst = new Uint8Array(libc().view(dstMapping.address, 2 * HUGE));
for (let i = 0; i < src.length; i++) src[i] = (i * 89 + (i >> 8) * 7 + (i >> 16)) % 0xee;
dst.fill(UNTOUCHED);
const untouched = dst.slice();
const original = src.slice();

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Copies between two offsets, looks at the result, and makes the destination as it was. */
function tryOut(copy: Copy, to: number, from: number, bytes: number): void {
  const [first, last] = [GUARD + to, GUARD + to + bytes];
  copy(dstMapping.address + first, srcMapping.address + from, bytes);
  const there = dst.subarray(first, last);
  const right =
    equal(there, src.subarray(from, from + bytes)) &&
    equal(dst.subarray(first - GUARD, first), untouched.subarray(0, GUARD)) &&
    equal(dst.subarray(last, last + GUARD), untouched.subarray(0, GUARD));
  assert.ok(right, `${bytes} bytes from offset ${from} to ${first}`);
  there.fill(UNTOUCHED);
}

/** After any number of copies nothing else has changed. */
function checkRest(): void {
  assert.ok(equal(dst, untouched), 'nothing but destinations was written');
  assert.ok(equal(src, original), 'sources are as they were');
}

const SMALL = [0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 159, 160, 161, 255, 256, 257, 300];
const LARGE = [4095, 4096, 4097, 65_535, 65_536, 65_537];
const ALIGNMENTS = Array.from({ length: 64 }, (_, i) => i);
const SOME = [0, 1, 15, 16, 17, 31, 32, 33, 63];

function copiesRight(name: string, copy: Copy): void {
  describe(`${name} copies byte for byte, and nothing beside`, () => {
    test(`${SMALL.join(', ')} bytes, at every alignment of both`, () => {
      for (const bytes of SMALL) {
        for (const to of ALIGNMENTS) for (const from of ALIGNMENTS) tryOut(copy, to, from, bytes);
      }
      checkRest();
    });

    test(`${LARGE.join(', ')} bytes, at some alignments of both`, () => {
      for (const bytes of LARGE)
        for (const to of SOME) for (const from of SOME) tryOut(copy, to, from, bytes);
      checkRest();
    });

    test('every size up to 700', () => {
      for (let bytes = 0; bytes <= 700; bytes++) {
        for (const to of [0, 7, 32]) for (const from of [0, 5]) tryOut(copy, to, from, bytes);
      }
      checkRest();
    });

    test('2 MiB, a byte less and a byte more', () => {
      for (const bytes of [HUGE - 1, HUGE, HUGE + 1]) {
        for (const [to, from] of [
          [0, 0],
          [PAGE - GUARD, PAGE],
          [1, 0],
          [31, 33],
        ] as const) {
          tryOut(copy, to, from, bytes);
        }
      }
      checkRest();
    });
  });
}

const routines = streamingRoutines();

for (const routine of routines) {
  const copy = streamingCopy(routine);
  if (copy !== undefined) copiesRight(`streaming by ${routine}`, copy);
  else test(`streaming by ${routine}`, { skip: 'this system permits no code of ours' });
}
for (const kind of ['fast', 'checked'] as const)
  copiesRight(`the ${kind} channel copy`, channelCopyRoutine(kind));

test('each processor has its own routines, and a routine that is not there is no copy', () => {
  if (process.arch === 'x64') assert.ok(routines.includes('sse2'));
  if (process.arch === 'arm64') assert.deepEqual(routines, ['stnp']);
  const { arch } = process;
  try {
    Object.defineProperty(process, 'arch', { value: 'riscv64', configurable: true, writable: true });
    assert.deepEqual(streamingRoutines(), []);
    for (const routine of [undefined, 'avx2', 'sse2', 'stnp'] as const)
      assert.equal(streamingCopy(routine), undefined);
    const plain = channelCopyRoutine('fast');
    tryOut((...range) => assert.equal(plain(...range), 0), 3, 5, 65_537);
    checkRest();
  } finally {
    Object.defineProperty(process, 'arch', { value: arch, configurable: true, writable: true });
  }
});

test('the checked channel copy survives a source that cannot be read, of any size', () => {
  const gone = reserve(HUGE);
  gone.unmap();
  const copy = channelCopyRoutine('checked');
  for (const bytes of [1, PAGE, HUGE])
    assert.equal(copy(dstMapping.address, gone.address, bytes), -ERRNO.EFAULT);
  checkRest();
});

test('a source that ends where its memory ends is read no further', () => {
  // What is prefetched beyond it must not matter.
  const mapping = memory(2 * HUGE, true);
  libc().munmap(mapping.address + HUGE, HUGE);
  for (const kind of ['fast', 'checked'] as const) {
    const copy = channelCopyRoutine(kind);
    for (const bytes of [PAGE, PAGE + 1, 3 * PAGE]) {
      assert.equal(copy(dstMapping.address + GUARD, mapping.address + HUGE - bytes, bytes), 0);
      assert.ok(dst.subarray(GUARD, GUARD + bytes).every((byte) => byte === 0));
      dst.fill(UNTOUCHED, GUARD, GUARD + bytes);
    }
  }
  checkRest();
  mapping.unmap();
});

after(() => {
  srcMapping.unmap();
  dstMapping.unmap();
});
