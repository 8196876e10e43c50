import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { CopyKind } from '../../src/linux/code/copy.js';
import { libc } from '../../src/linux/sys/libc.js';
import type { Mapping } from '../../src/linux/sys/mman.js';
import { LinuxCopyTeam } from '../../src/linux/team/linux-copy-team.js';
import { MtcopyMigrator } from '../../src/migrators/mtcopy/mtcopy.js';
import type { CopyList, StartedCopy } from '../../src/offload/migrator.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';
import { NumberedFrames } from '../migrators/numbered-frames.js';
import { HUGE, memory, PAGE } from './support/memory.js';

/** Frames 0 to 2047 are sources, those from there to 4095 destinations. */
const HALF = 2048;

/** A team over real memory, and mtcopy on top of it. */
class Bench {
  readonly #mapping: Mapping = memory(8 * HUGE, true);
  readonly #bytes = new Uint8Array(libc().view(this.#mapping.address, 8 * HUGE));
  readonly #port = new NumberedFrames();
  readonly team: LinuxCopyTeam;
  readonly migrator: MtcopyMigrator;

  constructor(pieces = 4096, copy: CopyKind = 'fast') {
    this.team = new LinuxCopyTeam({ frameBase: this.#mapping.address, pieces, copy });
    this.migrator = new MtcopyMigrator({ team: this.team, pageBytes: PAGE, timeoutMs: () => 60_000 });
    const words = new Uint32Array(this.#bytes.buffer, 0, (HALF * PAGE) / 4);
    // Never 0, and different everywhere.
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1);
  }

  get address(): number {
    return this.#mapping.address;
  }

  start(list: CopyList): StartedCopy {
    return this.migrator.startCopy(list, this.#port) as StartedCopy;
  }

  /** The destinations hold what the lists say and zeros besides; empties them. */
  check(...lists: readonly CopyList[]): void {
    const expected = new Uint8Array(HALF * PAGE);
    for (const { length, src, dst, order } of lists) {
      for (let i = 0; i < length; i++) {
        const from = this.#bytes.subarray(src[i]! * PAGE, (src[i]! + (1 << order[i]!)) * PAGE);
        expected.set(from, (dst[i]! - HALF) * PAGE);
      }
    }
    const there = this.#bytes.subarray(HALF * PAGE, 2 * HALF * PAGE);
    assert.equal(Buffer.compare(expected, there), 0, 'the destinations are as the copies leave them');
    there.fill(0);
  }

  copy(list: CopyList): void {
    assert.equal(this.start(list).finish(), 0);
    assert.ok(list.copied.every((mark) => mark === 1));
    this.check(list);
  }

  async close(): Promise<void> {
    await this.team.abandon();
    this.#mapping.unmap();
  }
}

async function withTeam(helpers: number, use: (bench: Bench) => Promise<void> | void): Promise<void> {
  const bench = new Bench();
  try {
    await bench.team.resize(helpers);
    assert.equal(bench.team.helpers, helpers);
    await use(bench);
  } finally {
    await bench.close();
  }
}

/** Folios of these orders, with a frame between them so that none is merged with another. */
function folios(orders: readonly number[]): CopyList {
  let at = 0;
  return copyList(
    ...orders.map((order): FolioTriple => {
      const src = at;
      at += (1 << order) + 1;
      return [HALF + src, src, order];
    }),
  );
}

test('fewer folios than threads', () =>
  withTeam(3, (bench) => {
    for (const orders of [[9], [0], [9, 9], [0, 0, 0], [0, 9, 0], [6], [7, 0]]) bench.copy(folios(orders));
  }));

test('one page and eight threads', () => withTeam(7, (bench) => bench.copy(folios([0]))));

test('three folios and two threads: the last one is not forgotten', () =>
  withTeam(1, (bench) => {
    for (const order of [0, 1, 5, 9]) bench.copy(folios([order, order, order]));
  }));

test('more folios than threads, in every number', () =>
  withTeam(3, (bench) => {
    const some = (count: number): CopyList => folios(new Array<number>(count).fill(count % 3));
    for (let count = 1; count <= 67; count++) bench.copy(some(count));
    bench.copy(folios(new Array<number>(1000).fill(0)));
    // What is left on the board of larger ones is not copied again.
    for (let count = 67; count >= 1; count -= 2) bench.copy(some(count));
  }));

test('every order, alone and together', () =>
  withTeam(2, (bench) => {
    const orders = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const order of orders) bench.copy(folios([order]));
    bench.copy(folios(orders));
    bench.copy(folios(orders.reverse()));
  }));

test('neighbours and scattered pages', () =>
  withTeam(2, (bench) => {
    const list = (place: (i: number) => number, count: number): CopyList =>
      copyList(...Array.from({ length: count }, (_, i): FolioTriple => [HALF + place(i), i, 0]));
    bench.copy(list((i) => i, HALF));
    bench.copy(list((i) => (i * 37) % 1001, 1001));
    bench.copy(list((i) => 999 - i, 1000));
  }));

test('without helpers the caller copies everything', () =>
  withTeam(0, (bench) => {
    for (const orders of [[9], [0], [0, 3, 5], new Array<number>(600).fill(0)]) bench.copy(folios(orders));
  }));

test('several batches are in flight at once, and one more than there are jobs is refused', () =>
  withTeam(2, (bench) => {
    for (let round = 0; round < 20; round++) {
      const lists = Array.from({ length: 4 }, (_, k) =>
        copyList(
          ...Array.from({ length: 50 + round }, (_, i): FolioTriple => {
            const at = k * 500 + i * 4;
            return [HALF + at, at, (i + round) % 3];
          }),
        ),
      );
      const started = lists.map((list) => bench.start(list));
      assert.equal(bench.migrator.startCopy(folios([0]), new NumberedFrames()), -ERRNO.EBUSY);
      for (const [k, one] of started.entries()) {
        assert.equal(one.finish(), 0);
        assert.ok(lists[k]!.copied.every((mark) => mark === 1));
      }
      bench.check(...lists);
    }
  }));

test('a job has room for so many pieces, and no more', async () => {
  const bench = new Bench(5);
  const job = bench.team.open();
  // An odd number is rounded up.
  for (let i = 0; i < 6; i++) assert.equal(bench.team.add(job, HALF + i, i, 1), true);
  assert.equal(bench.team.add(job, HALF + 6, 6, 1), false);
  bench.team.start(job);
  assert.equal(bench.team.finish(job, 60e9), true);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((piece) => bench.team.result(job, piece)),
    [1, 1, 1, 1, 1, 1],
  );
  bench.team.close(job);
  bench.check(copyList(...[0, 1, 2, 3, 4, 5].map((i): FolioTriple => [HALF + i, i, 0])));
  await bench.close();
});

test('a piece that cannot be read is the only one that fails', async () => {
  const bench = new Bench(64, 'checked');
  await bench.team.resize(2);
  libc().munmap(bench.address + 2 * PAGE, PAGE);
  const list = copyList([HALF, 0, 0], [HALF + 10, 2, 0], [HALF + 20, 3, 4], [HALF + 40, 25, 0]);
  assert.equal(bench.start(list).finish(), -ERRNO.EFAULT);
  assert.deepEqual([...list.copied], [1, 0, 1, 1]);
  await bench.close();
});

test('a job without a piece is over at once', () =>
  withTeam(1, ({ team }) => {
    for (let i = 0; i < 8; i++) {
      const job = team.open();
      team.start(job);
      assert.equal(team.finish(job, 0), true);
      team.close(job);
    }
  }));
