import { ERRNO } from '../../common/errno.js';
import type { DmaDevice } from '../../dmaengine/channel.js';
import { type DmaMapper, ScatterGatherTable } from '../../dmaengine/scatter-gather.js';
import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../../offload/migrator.js';
import { divide, pagesOf, runPages } from '../share.js';
import { HOST_TIMERS, type Timers } from '../timers.js';
import { DcbmChannel } from './dcbm-channel.js';
import { DcbmTransfer } from './dcbm-transfer.js';

/** Maximum of nr_dma_chan (RFC patch 5, MAX_DMA_CHANNELS). */
export const MAX_DMA_CHANNELS = 16;

/**
 * Smaller batches are declined. To submit them and to notice their end takes longer than to copy them
 * (docs/performance.md).
 */
const MIN_BYTES = 512 * 1024;

export interface DcbmOptions {
  readonly device: DmaDevice;
  readonly mapper: DmaMapper;
  /** Bytes of a base page. */
  readonly pageBytes: number;
  /** Maximum number of channels, 1 to 16. Read for every batch. */
  readonly channels: () => number;
  /** Milliseconds after which a batch is abandoned. */
  readonly timeoutMs: () => number;
  /** Batches of fewer bytes are declined. */
  readonly minBytes?: number;
  readonly timers?: Timers;
}

/**
 * `dcbm`, the DMA core batch migrator (RFC patch 5). It divides a batch near-evenly among the channels of a DMA device,
 * as scatter-gather lists. Each descriptor completes by itself, in any order.
 *
 * Without a channel it refuses a batch, with -ENODEV, or -EBUSY when all are full. A channel that does not end within
 * the limit is terminated. The folios that it may still write to are `quarantined`.
 */
export class DcbmMigrator implements Migrator {
  readonly name = 'dcbm';
  readonly owner: MigratorOwner;
  readonly #options: DcbmOptions;
  readonly #timers: Timers;
  #channels: DcbmChannel[] = [];
  /** Resolve when channels that were terminated do not touch memory any more. */
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
    // The least busy first, so that successive small batches do not queue on one channel.
    this.#channels.sort((a, b) => a.inFlight - b.inFlight);
    // There may be more than wanted, because busy ones are not released.
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

  /**
   * Builds and maps the tables of one share, and submits descriptors for them. Returns the offset of the next share.
   */
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

  /** Releases idle channels beyond `wanted`, and requests missing ones. The device may have fewer. */
  #haveChannels(wanted: number): void {
    const { device } = this.#options;
    if (this.#channels.some(({ alive }) => !alive)) {
      // A failed channel with descriptors in flight is given up by the batch that waits for them.
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
    // Later, when nothing is unmapped, because it starts threads.
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
