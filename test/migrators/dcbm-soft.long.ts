import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { LinearMapper } from '../../src/dmaengine/scatter-gather.js';
import { SoftDevice } from '../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../src/linux/sys/libc.js';
import type { Mapping } from '../../src/linux/sys/mman.js';
import { DcbmMigrator } from '../../src/migrators/dcbm/dcbm.js';
import type { CopyList, StartedCopy } from '../../src/offload/migrator.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';
import { memory, PAGE } from '../linux/support/memory.js';
import { StuckSource } from '../linux/support/stuck-source.js';
import { NumberedFrames } from './numbered-frames.js';

/** Frames 0 to 8191 are sources, those from there on destinations: 32 MiB each. */
const HALF = 8192;
const BYTES = HALF * PAGE;

/** dcbm over soft channels and real memory. */
class Bench {
  readonly #mapping: Mapping = memory(2 * BYTES, true);
  readonly #bytes = new Uint8Array(libc().view(this.#mapping.address, 2 * BYTES));
  readonly device = new SoftDevice();
  readonly migrator: DcbmMigrator;
  timeoutMs = 60_000;

  constructor(channels: number) {
    const words = new Uint32Array(this.#bytes.buffer, 0, BYTES / 4);
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1);
    this.migrator = new DcbmMigrator({
      device: this.device,
      mapper: new LinearMapper(this.#mapping.address, PAGE),
      pageBytes: PAGE,
      channels: () => channels,
      timeoutMs: () => this.timeoutMs,
      minBytes: 0,
    });
  }

  /** The number by which the page at an address is known to the migrator. */
  frameOf(address: number): number {
    return (address - this.#mapping.address) / PAGE;
  }

  start(list: CopyList): StartedCopy {
    const started = this.migrator.startCopy(list, new NumberedFrames());
    assert.ok(typeof started !== 'number', `it was not started: ${String(started)}`);
    return started;
  }

  /** Each of the list's folios has its content, if its source lies in here. */
  check(list: CopyList): void {
    for (let i = 0; i < list.length; i++) {
      const bytes = PAGE << list.order[i]!;
      const [from, to] = [list.src[i]! * PAGE, list.dst[i]! * PAGE];
      const [source, target] = [
        this.#bytes.subarray(from, from + bytes),
        this.#bytes.subarray(to, to + bytes),
      ];
      assert.equal(Buffer.compare(source, target), 0, `folio ${i}`);
    }
    this.#bytes.fill(0, BYTES);
  }

  async close(): Promise<void> {
    await this.migrator.owner.release();
    await this.device.close();
    this.#mapping.unmap();
  }
}

function scattered(count: number): CopyList {
  return copyList(...Array.from({ length: count }, (_, i): FolioTriple => [HALF + i, (i * 4099) % HALF, 0]));
}

function contiguous(count: number): CopyList {
  const list = copyList(...Array.from({ length: count }, (_, i): FolioTriple => [HALF + i, i, 0]));
  return { ...list, runPages: count };
}

for (const channels of [1, 2]) {
  test(`a batch of 32 MiB in base pages goes through ${channels} channels, contiguous or scattered`, async () => {
    const bench = new Bench(channels);
    await bench.device.prepare(channels);
    for (const list of [contiguous(HALF), scattered(HALF), contiguous(HALF), scattered(HALF - 1)]) {
      assert.equal(bench.start(list).finish(), 0);
      assert.ok(list.copied.every((mark) => mark === 1));
      bench.check(list);
    }
    await bench.close();
  });
}

test('two batches of 32 MiB in scattered pages are out at once on one channel', async () => {
  const bench = new Bench(1);
  await bench.device.prepare(1);
  const lists = [scattered(HALF), scattered(HALF)];
  const started = lists.map((list) => bench.start(list));
  for (const [i, one] of started.entries()) {
    assert.equal(one.finish(), 0);
    assert.ok(lists[i]!.copied.every((mark) => mark === 1));
  }
  bench.check(lists[1]!);
  await bench.close();
});

test('batches behind one that hangs are copied; the hanging one is held until its thread has let go', async () => {
  const bench = new Bench(1);
  const source = new StuckSource();
  await bench.device.prepare(1);
  bench.timeoutMs = 50;
  const hung = copyList([2 * HALF - 1, bench.frameOf(source.address), 0], [2 * HALF - 2, 0, 0]);
  const first = bench.start(hung);
  source.await();
  bench.timeoutMs = 600_000;
  for (const list of [contiguous(HALF - 2), scattered(1000)]) {
    assert.equal(bench.start(list).finish(), 0);
    assert.ok(list.copied.every((mark) => mark === 1));
    bench.check(list);
  }
  assert.equal(first.finish(), -ERRNO.ETIMEDOUT);
  assert.deepEqual([...hung.quarantined], [1, 0]);
  assert.deepEqual([...hung.copied], [0, 1]);
  let quiet = false;
  const whenQuiet = bench.migrator.whenQuiet().then(() => {
    quiet = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(quiet, false);
  source.fill(new Uint8Array(PAGE));
  await whenQuiet;
  source.close();
  await bench.close();
});

test('a channel whose thread hangs is given up, and none is left until another was started', async () => {
  const bench = new Bench(1);
  const source = new StuckSource();
  await bench.device.prepare(1);
  bench.timeoutMs = 50;
  const before = bench.start(copyList([2 * HALF - 1, bench.frameOf(source.address), 0]));
  source.await();
  assert.equal(before.finish(), -ERRNO.ETIMEDOUT);
  assert.equal(bench.migrator.startCopy(contiguous(512), new NumberedFrames()), -ERRNO.ENODEV);
  source.fill(new Uint8Array(PAGE));
  await bench.migrator.whenQuiet();
  source.close();
  await bench.close();
});
