import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { allowedNumaNodes, availableBytes } from '../../linux/sys/topology.js';
import { CopyRanges } from '../harness/copy-ranges.js';
import { describeHost, type Host, type HostNode } from '../harness/host.js';
import { notEnoughMemory, wholeHuge } from '../harness/memory-room.js';
import { NativeLimit } from '../harness/native-limit.js';
import { CalibrationChannel, type ChannelTimes } from './measure-channel.js';
import { measureLoops, type SourcedFigure, timeSlice } from './measure-host.js';
import { CalibrationMoves } from './measure-moves.js';
import { CalibrationTables } from './measure-tables.js';
import { type CalibrationRow, type MoveSample, type MoveTimes, sampleOf } from './move-sample.js';
import { calibrationRows } from './rows.js';

/** Left to the pools' reserve, the heap, and other programs. */
const HEADROOM = 512 * 2 ** 20;
/** Each folio size, and the page tables, have a buffer, a pool that can take it, and some room. */
const SHARES = 21;
/** Less moves too fast to be measured. */
const MIN_BYTES = 4 * 2 ** 20;
/** Also on a slow host. */
const MIN_ROUNDS = 3;
/** The part of all progress that warming up is. */
const WARM_PART = 0.2;
const MAX_COPY_BYTES = 256 * 2 ** 20;
const MAX_COPY_THREADS = 64;
/** The maximum of a profile's node. */
const MAX_NODE_PAGES = 2 ** 31;

export interface MeasureOptions {
  /** Bytes that a long migration moves, a multiple of 2 MiB. */
  readonly bytes: number;
  /** Maximum number of rounds. */
  readonly rounds: number;
  /** No round begins after this time, except the first 3 (or `rounds`, if fewer). */
  readonly budgetMs: number;
}

/** Everything that was measured. Lists have an entry for each round. */
export interface Measurements {
  readonly host: Host;
  /** The day, as 2026-01-31. */
  readonly date: string;
  readonly rounds: number;
  readonly moves: readonly MoveSample[];
  /** Migrations by whole page tables; empty where this host moves most pages one by one. */
  readonly tables: readonly MoveSample[];
  readonly channel: readonly ChannelTimes[];
  /** Maximum descriptors of a channel, and maximum bytes of one. */
  readonly channelLimits: { readonly capacity: number; readonly maxBytes: number };
  /** GB/s of all CPUs that copy concurrently. */
  readonly memoryGBps: readonly number[];
  readonly loopsPerSecond: readonly number[];
  readonly sliceNs: SourcedFigure;
  /** Base pages of a node. */
  readonly nodePages: number;
}

export interface MeasureEvents {
  /** 0 to 1. */
  onProgress(done: number): void;
}

/**
 * Measures this host. Everything is measured in every round, so that a drift of the host affects all figures alike.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function measureHost(options: MeasureOptions, events: MeasureEvents): Promise<Measurements> {
  const bench = new CalibrationBench(options, events);
  try {
    await bench.open();
    await bench.warmUp();
    while (bench.hasTime) await bench.round();
    return bench.result();
  } finally {
    await bench.close();
  }
}

/** Everything that measures, all open. */
class CalibrationBench {
  readonly #options: MeasureOptions;
  readonly #events: MeasureEvents;
  readonly #host = describeHost();
  readonly #started = performance.now();
  readonly #moves: CalibrationMoves[] = [];
  #tables: CalibrationTables | undefined;
  #channel: CalibrationChannel | undefined;
  #ranges: CopyRanges | undefined;
  #copies: NativeLimit | undefined;
  readonly #times = new Map<CalibrationRow, MoveTimes[]>();
  readonly #channelTimes: ChannelTimes[] = [];
  readonly #memoryGBps: number[] = [];
  readonly #loopsPerSecond: number[] = [];
  #rounds = 0;

  constructor(options: MeasureOptions, events: MeasureEvents) {
    this.#options = options;
    this.#events = events;
  }

  get hasTime(): boolean {
    const { rounds, budgetMs } = this.#options;
    if (this.#rounds < Math.min(MIN_ROUNDS, rounds)) return true;
    return this.#rounds < rounds && performance.now() - this.#started < budgetMs;
  }

  async open(): Promise<void> {
    const { cpus, nodes } = this.#host;
    const [from, to] = nodes as [HostNode, HostNode];
    const bytes = Math.min(this.#options.bytes, roomFor(nodes));
    for (const rows of calibrationRows(bytes, cpus)) {
      this.#moves.push(await CalibrationMoves.open(rows));
      for (const row of rows) this.#times.set(row, []);
    }
    this.#tables = await CalibrationTables.open(bytes);
    this.#channel = await CalibrationChannel.open();
    this.#ranges = new CopyRanges(Math.min(bytes, MAX_COPY_BYTES), from.numaNode, to.numaNode);
    this.#copies = await NativeLimit.open(this.#ranges, [Math.min(cpus, MAX_COPY_THREADS)]);
  }

  async warmUp(): Promise<void> {
    for (const [i, moves] of this.#moves.entries()) {
      for (const row of moves.rows) await moves.warmUp(row);
      this.#events.onProgress((WARM_PART * (i + 1)) / this.#moves.length);
    }
    await this.#tables!.warmUp();
  }

  async round(): Promise<void> {
    this.#channelTimes.push(this.#channel!.measure());
    this.#memoryGBps.push(this.#copies!.measure().GBps);
    this.#loopsPerSecond.push(measureLoops());
    let rows = 0;
    for (const moves of this.#rounds % 2 === 0 ? this.#moves : this.#moves.toReversed()) {
      await moves.wakeUp();
      for (const row of moves.rows) {
        this.#times.get(row)!.push(...(await moves.measure(row)));
        this.#report(++rows / this.#times.size);
      }
    }
    await this.#tables!.measure();
    this.#rounds++;
  }

  /** @throws MigrationError EIO when the content of moved memory has changed. */
  result(): Measurements {
    for (const moves of this.#moves) moves.verify();
    this.#tables!.verify();
    const { capacity, maxBytes } = this.#channel!.limits;
    return {
      host: this.#host,
      date: new Date().toISOString().slice(0, 10),
      rounds: this.#rounds,
      moves: [...this.#times].map(([row, times]) => sampleOf(row, times)),
      tables: this.#tables!.samples(),
      channel: this.#channelTimes,
      channelLimits: { capacity, maxBytes },
      memoryGBps: this.#memoryGBps,
      loopsPerSecond: this.#loopsPerSecond,
      sliceNs: timeSlice(),
      nodePages: pagesOfNode(this.#host.nodes.at(-1)!.numaNode),
    };
  }

  async close(): Promise<void> {
    await this.#copies?.close();
    this.#ranges?.close();
    await this.#channel?.close();
    await this.#tables?.close();
    for (const moves of this.#moves) await moves.close();
  }

  /** Reports progress by rounds or by time, whichever is over first. */
  #report(ofRound: number): void {
    const byRounds = (this.#rounds + ofRound) / this.#options.rounds;
    const byTime = Math.min(0.99, (performance.now() - this.#started) / this.#options.budgetMs);
    this.#events.onProgress(WARM_PART + (1 - WARM_PART) * Math.max(byRounds, byTime));
  }
}

/** Bytes of a migration that fits. @throws MigrationError ENOMEM when not even a few megabytes fit. */
function roomFor(nodes: readonly HostNode[]): number {
  const room = Math.min(...nodes.map(({ numaNode }) => availableBytes(numaNode))) - HEADROOM;
  const fits = wholeHuge(room / SHARES);
  if (fits < MIN_BYTES) throw notEnoughMemory('calibrate', room);
  return fits;
}

function pagesOfNode(numaNode: number): number {
  const node = allowedNumaNodes().find(({ id }) => id === numaNode)!;
  const pages = Math.floor(node.totalBytes / PMD_SIZE) * (PMD_SIZE / PAGE_SIZE);
  return Math.min(MAX_NODE_PAGES, Math.max(1024, pages));
}
