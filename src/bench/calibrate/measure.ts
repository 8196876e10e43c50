import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { allowedNumaNodes } from '../../linux/sys/topology.js';
import { CopyRanges } from '../harness/copy-ranges.js';
import { describeHost, type HostNode } from '../harness/host.js';
import { NativeLimit } from '../harness/native-limit.js';
import { calibrationBytes } from './calibrate-plan.js';
import type { Measurements } from './calibration-report.js';
import { CalibrationChannel, type ChannelTimes } from './measure-channel.js';
import { measureLoops, timeSlice } from './measure-host.js';
import { CalibrationMoves } from './measure-moves.js';
import { CalibrationTables } from './measure-tables.js';
import { type CalibrationRow, type MoveTimes, sampleOf } from './move-sample.js';
import { calibrationRows } from './rows.js';

/** Also on a slow host. */
const MIN_ROUNDS = 3;
/** Of all progress, what is done once everything is warm. */
const WARM_PART = 0.2;
const MAX_COPY_BYTES = 256 * 2 ** 20;
const MAX_COPY_THREADS = 64;
/** A node of a profile has no more. */
const MAX_NODE_PAGES = 2 ** 31;

export interface MeasureOptions {
  /** Bytes that a long migration moves, a multiple of 2 MiB. */
  readonly bytes: number;
  /** Rounds at most. */
  readonly rounds: number;
  /** After so long no round begins, once there were 3; the rounds asked for if those are fewer. */
  readonly budgetMs: number;
}

export interface MeasureEvents {
  /** 0 to 1. */
  onProgress(done: number): void;
}

/**
 * Measures this host: everything takes its turn in every round, so that a drift of the host hits all alike.
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

/** Everything that measures, open at once. */
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
    const bytes = calibrationBytes(this.#options.bytes, nodes);
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
        this.#tell(++rows / this.#times.size);
      }
    }
    await this.#tables!.measure();
    this.#rounds++;
  }

  /** @throws MigrationError EIO when memory that was moved does not hold what it should. */
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

  /** By rounds or by time, whichever will be over first. */
  #tell(ofRound: number): void {
    const byRounds = (this.#rounds + ofRound) / this.#options.rounds;
    const byTime = Math.min(0.99, (performance.now() - this.#started) / this.#options.budgetMs);
    this.#events.onProgress(WARM_PART + (1 - WARM_PART) * Math.max(byRounds, byTime));
  }
}

function pagesOfNode(numaNode: number): number {
  const node = allowedNumaNodes().find(({ id }) => id === numaNode)!;
  const pages = Math.floor(node.totalBytes / PMD_SIZE) * (PMD_SIZE / PAGE_SIZE);
  return Math.min(MAX_NODE_PAGES, Math.max(1024, pages));
}
