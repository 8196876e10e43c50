import assert from 'node:assert/strict';
import type { Random } from '../../src/common/random.js';
import { DcbmMigrator } from '../../src/migrators/dcbm/dcbm.js';
import type { CopyList, StartedCopy } from '../../src/offload/migrator.js';
import type { Copier, FakeDmaChannel } from './fake-dma-channel.js';
import { FakeDmaDevice } from './fake-dma-device.js';
import { apart, FakeIommu, type FakeMapper } from './fake-iommu.js';
import { NumberedFrames } from './numbered-frames.js';

/** Bytes of a frame: few, to have many. */
export const FRAME = 64;
const FRAMES = 4096;

export interface DcbmBenchOptions {
  /** Default an IOMMU that merges nothing. */
  readonly mapper?: FakeMapper;
  /** Channels that are ready. Default all that the device has. */
  readonly ready?: number;
  /** nr_dma_chan. Default 4. */
  readonly wanted?: number;
  readonly timeoutMs?: number;
  readonly minBytes?: number;
  readonly channels?: number;
  readonly capacity?: number;
  readonly maxBytes?: number;
  readonly random?: Random;
}

/** dcbm over a fake device and bytes in memory, and a record of every byte that the device was asked for. */
export class DcbmBench {
  readonly memory = new Uint8Array(FRAMES * FRAME);
  readonly mapper: FakeMapper;
  readonly device: FakeDmaDevice;
  readonly migrator: DcbmMigrator;
  /** nr_dma_chan, and the limit. */
  wanted: number;
  timeoutMs: number;
  /** What the memory should hold. */
  #expected: Uint8Array;
  /** By byte: how often it was written. */
  readonly #writes = new Uint8Array(FRAMES * FRAME);
  readonly #port = new NumberedFrames();

  constructor(options: DcbmBenchOptions = {}) {
    for (let i = 0; i < this.memory.length; i++) this.memory[i] = (i * 31 + (i >> 6) * 7 + (i >> 14)) % 251;
    this.#expected = this.memory.slice();
    this.mapper = options.mapper ?? new FakeIommu(FRAME, apart);
    this.device = new FakeDmaDevice({ ...options, copier: () => this.#copy });
    this.wanted = options.wanted ?? 4;
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.migrator = new DcbmMigrator({
      device: this.device,
      mapper: this.mapper,
      pageBytes: FRAME,
      channels: () => this.wanted,
      timeoutMs: () => this.timeoutMs,
      ...(options.minBytes === -1 ? {} : { minBytes: options.minBytes ?? 0 }),
    });
    this.device.have(options.ready ?? this.device.channels);
  }

  channel(number: number): FakeDmaChannel {
    return this.device.requested[number]!;
  }

  copy(list: CopyList): number {
    return this.migrator.offloadCopy(list, this.#port);
  }

  start(list: CopyList): StartedCopy {
    const started = this.migrator.startCopy(list, this.#port);
    assert.ok(typeof started !== 'number', `it was not started: ${String(started)}`);
    return started;
  }

  refuses(list: CopyList): number {
    const started = this.migrator.startCopy(list, this.#port);
    assert.ok(typeof started === 'number', 'it was started');
    assert.ok(!list.copied.includes(1) && !list.quarantined.includes(1));
    return started;
  }

  /**
   * Every folio that is marked has its content, every folio of which the device was told to write each byte once is
   * marked, and no byte outside the folios was touched. What is not marked may hold anything. To be told of all
   * lists since the last time.
   */
  check(...lists: readonly CopyList[]): void {
    for (const list of lists) this.#expect(list);
    assert.ok(!this.#writes.some((count) => count > 0), 'only destinations are written');
    assert.equal(Buffer.compare(this.memory, this.#expected), 0, 'the memory is as the marks say');
  }

  #expect(list: CopyList): void {
    for (let i = 0; i < list.length; i++) {
      const [src, bytes] = [list.src[i]! * FRAME, FRAME << list.order[i]!];
      const dst = list.dst[i]! * FRAME;
      const writes = this.#writes.subarray(dst, dst + bytes);
      assert.equal(list.copied[i], writes.every((count) => count === 1) ? 1 : 0, `mark of folio ${i}`);
      if (list.copied[i] === 1) this.#expected.copyWithin(dst, src, src + bytes);
      else this.#expected.set(this.memory.subarray(dst, dst + bytes), dst);
      writes.fill(0);
    }
  }

  /** Whether the folio's destination holds its source's content. */
  arrived(list: CopyList, i: number): boolean {
    const [src, dst, bytes] = [list.src[i]! * FRAME, list.dst[i]! * FRAME, FRAME << list.order[i]!];
    return (
      Buffer.compare(this.memory.subarray(dst, dst + bytes), this.memory.subarray(src, src + bytes)) === 0
    );
  }

  /** Bytes that each channel was given so far, in the order in which they were requested. */
  shares(): number[] {
    return this.device.requested.map(({ history }) => history.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  readonly #copy: Copier = (dst, src, bytes) => {
    for (let i = 0; i < bytes; i++) {
      const to = this.#byte(dst + i);
      this.memory[to] = this.memory[this.#byte(src + i)]!;
      this.#writes[to] = this.#writes[to]! + 1;
    }
    return bytes;
  };

  #byte(address: number): number {
    return this.mapper.frameOf(Math.floor(address / FRAME)) * FRAME + (address % FRAME);
  }
}
