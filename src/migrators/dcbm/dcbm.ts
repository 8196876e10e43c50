import { ERRNO } from '../../common/errno.js';
import type { DmaDevice } from '../../dmaengine/channel.js';
import { type DmaMapper, ScatterGatherTable } from '../../dmaengine/scatter-gather.js';
import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../../offload/migrator.js';
import { divide, pagesOf, runPages } from '../share.js';
import { HOST_TIMERS, type Timers } from '../timers.js';
import { DcbmChannel } from './dcbm-channel.js';
import { DcbmTransfer } from './dcbm-transfer.js';

/** nr_dma_chan at most (RFC patch 5, MAX_DMA_CHANNELS). */
export const MAX_DMA_CHANNELS = 16;

/**
 * Less than this is declined: to hand it over and hear of its end takes longer than to copy it
 * (docs/performance.md).
 */
const MIN_BYTES = 512 * 1024;

export interface DcbmOptions {
  readonly device: DmaDevice;
  readonly mapper: DmaMapper;
  /** Bytes of a base page. */
  readonly pageBytes: number;
  /** Channels to use at most, 1 to 16; asked for every batch. */
  readonly channels: () => number;
  /** Milliseconds after which a batch is given up. */
  readonly timeoutMs: () => number;
  /** Bytes of a batch below which it is declined. */
  readonly minBytes?: number;
  readonly timers?: Timers;
}

/**
 * `dcbm`, the DMA core batch migrator (RFC patch 5): shares a batch out among the channels of a DMA device,
 * near-evenly, as scatter-gather lists; each descriptor's end is heard of by itself, in whatever order.
 *
 * Without a channel it refuses (-ENODEV; -EBUSY when all are full). When a channel does not end within the limit
 * it is terminated, and the folios that it may still write to are `quarantined`.
 */
export class DcbmMigrator implements Migrator {
  readonly name = 'dcbm';
  readonly owner: MigratorOwner;
  readonly #options: DcbmOptions;
  readonly #timers: Timers;
  #channels: DcbmChannel[] = [];
  /** Channels that have been terminated and may still touch memory. */
  readonly #ending = new Set<Promise<void>>();
  readonly #idle: DcbmTransfer[] = [];
  readonly #src = new ScatterGatherTable();
  readonly #dst = new ScatterGatherTable();
  readonly #ends = new Uint32Array(MAX_DMA_CHANNELS);
  #preparing = false;
  #released = false;

  constructor(options: DcbmOptions) {
    this.#options = options;
    this.#timers = options.timers ?? HOST_TIMERS;
    this.owner = { acquire: () => !this.#released, release: () => this.#release() };
  }

  /** Channels in use now. */
  get channels(): number {
    return this.#channels.length;
  }

  offloadCopy(list: CopyList, port: CopyPort): number {
    const started = this.startCopy(list, port);
    return typeof started === 'number' ? started : started.finish();
  }

  startCopy(list: CopyList, _port: CopyPort): StartedCopy | number {
    const { pageBytes, minBytes = MIN_BYTES } = this.#options;
    const pages = pagesOf(list);
    if (list.length === 0) return 0;
    if (pages * pageBytes < minBytes) return -ERRNO.EOPNOTSUPP;
    const wanted = Math.max(1, Math.min(MAX_DMA_CHANNELS, this.#options.channels()));
    this.#haveChannels(wanted);
    if (this.#channels.length === 0) return -ERRNO.ENODEV;
    // The least busy first, so that small batches which follow each other do not queue behind one channel.
    this.#channels.sort((a, b) => a.inFlight - b.inFlight);
    // There may be more than are wanted now: those that are busy still.
    const shares = Math.min(this.#channels.length, wanted, list.length);
    divide(list, pages, shares, this.#ends);
    const transfer =
      this.#idle.pop() ?? new DcbmTransfer(pageBytes, this.#timers, (done) => this.#idle.push(done));
    transfer.begin(list, pages * pageBytes, this.#options.timeoutMs());
    let first = 0;
    let offset = 0;
    for (let k = 0; k < shares; k++) {
      const end = this.#ends[k]!;
      offset = this.#prepare(this.#channels[k]!, transfer, list, first, end, offset);
      first = end;
    }
    if (transfer.descriptors === 0) {
      transfer.reuse();
      return -ERRNO.EBUSY;
    }
    for (const channel of this.#channels) channel.issue();
    return transfer;
  }

  whenQuiet(): Promise<void> {
    return Promise.all(this.#ending).then(() => undefined);
  }

  failNext(): void {
    this.#channels.find(({ alive }) => alive)?.failNext();
  }

  /** Builds and maps the tables of one share, and turns them into descriptors. Returns where the next begins. */
  #prepare(
    channel: DcbmChannel,
    transfer: DcbmTransfer,
    list: CopyList,
    from: number,
    to: number,
    offset: number,
  ): number {
    const { mapper, pageBytes } = this.#options;
    const src = this.#src;
    const dst = this.#dst;
    src.clear();
    dst.clear();
    const asOne = mapper.linear === true && (list.runPages ?? 0) > 0;
    let bytes = 0;
    for (let i = from; i < to; ) {
      const end = asOne ? to : i + 1;
      const pages = runPages(list, i, end);
      src.addRun(list.src[i]!, pages);
      dst.addRun(list.dst[i]!, pages);
      bytes += pages * pageBytes;
      i = end;
    }
    const mapped = mapper.map(src) === 0 && mapper.map(dst) === 0;
    if (mapped) channel.prepare(transfer, src, dst, offset);
    return offset + bytes;
  }

  /** Holds as many channels as are wanted, as far as the device has them; missing ones are asked for. */
  #haveChannels(wanted: number): void {
    const { device } = this.#options;
    if (this.#channels.some(({ alive }) => !alive)) {
      // One that went away with something in flight is given up by whoever waits for that.
      for (const channel of this.#channels)
        if (!channel.alive && channel.inFlight === 0) channel.giveUp(false);
      this.#channels = this.#channels.filter(({ alive }) => alive);
    }
    for (let k = this.#channels.length - 1; k >= 0 && this.#channels.length > wanted; k--) {
      const channel = this.#channels[k]!;
      if (channel.inFlight > 0) continue;
      this.#channels.splice(k, 1);
      device.releaseChannel(channel.channel);
    }
    while (this.#channels.length < wanted) {
      const channel = DcbmChannel.request(device, (ending) => this.#watch(ending));
      if (channel === undefined) break;
      this.#channels.push(channel);
    }
    if (this.#channels.length < wanted) this.#askForMore(wanted);
  }

  #askForMore(wanted: number): void {
    if (this.#preparing) return;
    this.#preparing = true;
    // Later, when nothing is unmapped: it starts threads.
    this.#timers.later(() => {
      const missing = wanted - this.#channels.length;
      const needless = this.#released || missing <= 0;
      const ready = needless ? Promise.resolve() : this.#options.device.prepare(missing);
      ready
        .catch(() => undefined)
        .then(() => {
          this.#preparing = false;
        });
    });
  }

  #watch(ending: Promise<void>): void {
    const watched = ending.catch(() => new Promise<void>(() => undefined));
    this.#ending.add(watched);
    watched.then(() => this.#ending.delete(watched));
  }

  async #release(): Promise<void> {
    this.#released = true;
    for (const { channel } of this.#channels.splice(0)) this.#options.device.releaseChannel(channel);
  }
}
