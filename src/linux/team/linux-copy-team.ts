import type { Worker } from 'node:worker_threads';
import { PAGE_SIZE } from '../../common/page.js';
import type { CopyTeam } from '../../mm/ports/copy-team.js';
import { type CopyKind, type CopyRoutine, channelCopyRoutine } from '../code/copy.js';
import { loadedCode } from '../code/machine-code.js';
import { Futex } from '../sys/futex.js';
import { type Address, libc } from '../sys/libc.js';
import { storeAndWake, waitWhile } from '../sys/wait-word.js';
import { endThread } from '../threads/engine-worker.js';
import { nothingOut } from '../threads/nothing-out.js';
import { startThread } from '../threads/start-thread.js';
import {
  BATCH,
  Board,
  ENDED_SLEEPERS,
  FAIL,
  GROUP,
  JOBS,
  LEFT,
  OPEN,
  PIECES,
  POSTED,
  POSTED_SLEEPERS,
  STOP,
} from './board.js';
import type { TeamThreadOptions } from './team-thread.js';

/** Bytes of a group of small pieces, which a helper takes at once. */
const GROUP_BYTES = 64 * 1024;

export interface CopyTeamOptions {
  /** Address of frame 0. */
  readonly frameBase: Address;
  /** Maximum number of pieces of a job. */
  readonly pieces: number;
  readonly copy: CopyKind;
  /** Set if the threads record what they copy. */
  readonly record?: CopyRecord;
}

/** How the team's copies are recorded. */
export interface CopyRecord {
  /** Shared events: see trace/event-ring.ts. */
  readonly events: SharedArrayBuffer;
  /** Number of the batch for which a job is started. 0 if nothing is recorded. */
  batch(): number;
}

/** A copy team of threads over frames in this process's memory. */
export class LinuxCopyTeam implements CopyTeam {
  readonly #options: CopyTeamOptions;
  readonly #buffer: SharedArrayBuffer;
  readonly #board: Board;
  readonly #words: Int32Array;
  readonly #address: Address;
  readonly #copy: CopyRoutine;
  readonly #futex = new Futex();
  readonly #workers: Worker[] = [];
  readonly #busy = new Uint8Array(JOBS);
  readonly #added = new Uint32Array(JOBS);
  readonly #bytes = new Float64Array(JOBS);
  #resizing: Promise<void> = Promise.resolve();
  #next = 0;
  #posted = 0;
  #wanted = 0;
  #started = 1;
  #abandoned = false;

  constructor(options: CopyTeamOptions) {
    const pieces = options.pieces + (options.pieces % 2);
    this.#options = { ...options, pieces };
    this.#buffer = new SharedArrayBuffer(Board.bytes(pieces));
    this.#board = new Board(this.#buffer, pieces);
    this.#words = this.#board.words;
    this.#address = libc().addressOf(this.#words);
    this.#copy = channelCopyRoutine(options.copy);
  }

  get helpers(): number {
    return this.#workers.length;
  }

  open(): number {
    const job = this.#next;
    if (this.#busy[job] === 1) return -1;
    this.#busy[job] = 1;
    this.#added[job] = 0;
    this.#bytes[job] = 0;
    this.#next = (job + 1) % JOBS;
    return job;
  }

  add(job: number, dst: number, src: number, pages: number): boolean {
    const n = this.#added[job]!;
    if (n === this.#board.pieces) return false;
    const at = job * this.#board.pieces + n;
    this.#board.dst[at] = this.#options.frameBase + dst * PAGE_SIZE;
    this.#board.src[at] = this.#options.frameBase + src * PAGE_SIZE;
    this.#board.bytes[at] = pages * PAGE_SIZE;
    this.#board.result[at] = 0;
    this.#added[job] = n + 1;
    this.#bytes[job] = this.#bytes[job]! + pages * PAGE_SIZE;
    return true;
  }

  start(job: number): void {
    const words = this.#words;
    const board = this.#board;
    const pieces = this.#added[job]!;
    const group = Math.max(1, Math.round((pieces * GROUP_BYTES) / Math.max(1, this.#bytes[job]!)));
    const groups = Math.ceil(pieces / group);
    words[board.word(job, PIECES)] = pieces;
    words[board.word(job, GROUP)] = group;
    words[board.word(job, BATCH)] = this.#options.record?.batch() ?? 0;
    Atomics.store(words, board.word(job, OPEN), groups);
    // From here on a helper may take a group.
    Atomics.store(words, board.word(job, LEFT), groups);
    // A single piece is not worth a wake-up: the caller will have copied it by then.
    if (groups < 2 || this.#workers.length === 0) return;
    const posted = ((++this.#posted * JOBS) & 0x3fffffff) + job;
    storeAndWake(words, POSTED, posted, POSTED_SLEEPERS, this.#futex, this.#address);
  }

  finish(job: number, nanoseconds: number): boolean {
    const words = this.#words;
    const board = this.#board;
    const until = performance.now() + nanoseconds / 1e6;
    for (let group = board.take(job); group >= 0; group = board.take(job)) board.work(job, group, this.#copy);
    const at = board.word(job, OPEN);
    for (;;) {
      const open = Atomics.load(words, at);
      if (open === 0) return true;
      const left = (until - performance.now()) * 1e6;
      if (left <= 0) return false;
      waitWhile(words, at, open, ENDED_SLEEPERS, left, this.#futex, this.#address);
    }
  }

  result(job: number, piece: number): number {
    return Atomics.load(this.#board.result, job * this.#board.pieces + piece);
  }

  close(job: number): void {
    this.#busy[job] = 0;
  }

  resize(helpers: number): Promise<void> {
    this.#wanted = helpers;
    const next = this.#resizing.then(() => this.#resize(helpers));
    // A failed resize must not prevent the next one.
    this.#resizing = next.catch(() => undefined);
    return next;
  }

  failNext(): void {
    Atomics.store(this.#words, FAIL, 1);
  }

  async abandon(): Promise<void> {
    this.#abandoned = true;
    Atomics.store(this.#words, STOP, 1);
    // A thread that is being started must end, too.
    await this.#resizing;
    await nothingOut();
    await Promise.all(this.#workers.splice(0).map(endThread));
  }

  async #resize(helpers: number): Promise<void> {
    while (this.#workers.length > helpers) await endThread(this.#workers.pop()!);
    const missing = helpers - this.#workers.length;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#start()));
  }

  /** A helper that ended by itself has failed. Another takes its place. */
  #gone(worker: Worker): void {
    const at = this.#workers.indexOf(worker);
    if (at < 0 || this.#abandoned) return;
    this.#workers.splice(at, 1);
    // If none can be started, the others and the calling thread do its work.
    this.resize(this.#wanted).catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { pieces, copy, record } = this.#options;
    const options: TeamThreadOptions = {
      board: this.#buffer,
      pieces,
      copy,
      code: loadedCode(),
      events: record?.events,
      lane: `copy${this.#started++}`,
    };
    const url = new URL('./team-thread.js', import.meta.url);
    const { worker, exited } = await startThread(url, 'pageferry-copy', options, 'a thread of the copy team');
    this.#workers.push(worker);
    exited.then(() => this.#gone(worker));
  }
}
