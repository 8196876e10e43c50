import { ERRNO } from '../../common/errno.js';
import type { CopyTeam } from '../../mm/ports/copy-team.js';
import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../../offload/migrator.js';
import { Coverage } from '../coverage.js';
import { runEnd, runPages } from '../share.js';
import { HOST_TIMERS, type Timers } from '../timers.js';

/**
 * Maximum base pages of a piece: 256 KiB. So the overhead of a call does not matter, and a thread that finishes first
 * still finds pieces to take.
 */
const PIECE_PAGES = 64;

export interface MtcopyOptions {
  readonly team: CopyTeam;
  readonly pageBytes: number;
  /** Milliseconds after which a batch is abandoned. */
  readonly timeoutMs: () => number;
  /** Called when a batch did not end and its team was abandoned. */
  readonly onAbandoned?: () => void;
  readonly timers?: Timers;
}

/**
 * `mtcopy` (the driver of the RFC's V3): several threads copy a batch. The calling thread starts the others, continues
 * with the next batch, and then helps with what is left. So on a busy host too, a batch takes no longer than that
 * thread alone would need. A helper that is preempted delays the batch by one piece only. Large folios are cut and
 * small neighbours combined, so threads can outnumber folios, or the reverse.
 */
export class MtcopyMigrator implements Migrator {
  readonly name = 'mtcopy';
  readonly owner: MigratorOwner;
  readonly #options: MtcopyOptions;
  readonly #idle: MtcopyJob[] = [];
  #ending: Promise<void> | undefined;

  constructor(options: MtcopyOptions) {
    this.#options = options;
    this.owner = { acquire: () => this.#ending === undefined, release: () => undefined };
  }

  offloadCopy(list: CopyList, port: CopyPort): number {
    const started = this.startCopy(list, port);
    return typeof started === 'number' ? started : started.finish();
  }

  startCopy(list: CopyList, _port: CopyPort): StartedCopy | number {
    const { team, pageBytes, timeoutMs, timers = HOST_TIMERS } = this.#options;
    // The team's threads have ended for good. Return a failure, so that mtcopy is unregistered after some batches.
    if (this.#ending !== undefined) return -ERRNO.EIO;
    if (list.length === 0) return 0;
    const job = team.open();
    if (job < 0) return -ERRNO.EBUSY;
    const started = this.#idle.pop() ?? new MtcopyJob(team, pageBytes, timers, (late) => this.#over(late));
    started.begin(job, list, timeoutMs());
    return started;
  }

  async whenQuiet(): Promise<void> {
    await this.#ending;
  }

  failNext(): void {
    this.#options.team.failNext?.();
  }

  #over(job: MtcopyJob): void {
    if (!job.late) {
      this.#idle.push(job);
    } else if (this.#ending === undefined) {
      this.#ending = this.#options.team.abandon();
      this.#options.onAbandoned?.();
    }
  }
}

/** The copy of one batch. Reused for later batches. */
class MtcopyJob implements StartedCopy {
  late = false;
  readonly #team: CopyTeam;
  readonly #pageBytes: number;
  readonly #timers: Timers;
  readonly #over: (job: MtcopyJob) => void;
  readonly #coverage: Coverage;
  #job = -1;
  #list: CopyList | undefined;
  #until = 0;
  #pieces = 0;
  #total = 0;
  /** Base pages of each piece. */
  #size = new Uint32Array(64);

  constructor(team: CopyTeam, pageBytes: number, timers: Timers, over: (job: MtcopyJob) => void) {
    this.#timers = timers;
    this.#team = team;
    this.#pageBytes = pageBytes;
    this.#over = over;
    this.#coverage = new Coverage(pageBytes);
  }

  /** Cuts the list into pieces of at most PIECE_PAGES. Folios that are adjacent on both sides are combined. */
  begin(job: number, list: CopyList, timeoutMs: number): void {
    this.#job = job;
    this.#list = list;
    this.#until = this.#timers.now() + timeoutMs;
    this.#pieces = 0;
    this.#total = 0;
    const { length, src, dst } = list;
    for (let first = 0; first < length; ) {
      const end = runEnd(list, first);
      const pages = runPages(list, first, end);
      this.#total += pages;
      this.#cut(dst[first]!, src[first]!, pages);
      first = end;
    }
    this.#team.start(job);
  }

  finish(): number {
    const team = this.#team;
    const list = this.#list!;
    this.#list = undefined;
    const ended = team.finish(this.#job, (this.#until - this.#timers.now()) * 1e6);
    let copied = 0;
    let failure = 0;
    for (let piece = 0; piece < this.#pieces; piece++) {
      const result = team.result(this.#job, piece);
      if (result === 1) copied += this.#size[piece]!;
      else if (result < 0) failure = result;
      // No thread has copied it: the one that took it has ended.
      else if (ended) failure = -ERRNO.EIO;
    }
    if (copied === this.#total) {
      list.copied.fill(1, 0, list.length);
    } else {
      this.#markParts(list, ended);
    }
    if (ended) team.close(this.#job);
    else this.late = true;
    this.#over(this);
    if (!ended) return -ERRNO.ETIMEDOUT;
    if (copied === this.#total) return 0;
    return failure === 0 ? -ERRNO.EBUSY : failure;
  }

  #cut(dst: number, src: number, pages: number): void {
    for (let done = 0; done < pages; done += PIECE_PAGES) {
      const size = Math.min(PIECE_PAGES, pages - done);
      if (!this.#team.add(this.#job, dst + done, src + done, size)) return;
      if (this.#pieces === this.#size.length) this.#grow();
      this.#size[this.#pieces++] = size;
    }
  }

  #markParts(list: CopyList, ended: boolean): void {
    const bytes = this.#pageBytes;
    this.#coverage.reset(list);
    let offset = 0;
    for (let piece = 0; piece < this.#pieces; piece++) {
      const size = this.#size[piece]! * bytes;
      const result = this.#team.result(this.#job, piece);
      if (result === 1) this.#coverage.add(offset, size);
      else if (result === 0 && !ended) this.#coverage.touch(offset, size, list.quarantined);
      offset += size;
    }
    this.#coverage.mark(list.copied);
  }

  #grow(): void {
    const size = new Uint32Array(this.#size.length * 2);
    size.set(this.#size);
    this.#size = size;
  }
}
