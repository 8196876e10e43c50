import assert from 'node:assert/strict';
import type { Random } from '../../src/common/random.js';
import type { CopyTeam } from '../../src/mm/ports/copy-team.js';

/** Copies frames; returns 0 or a negative errno. */
export type FrameCopier = (dst: number, src: number, pages: number) => number;

export interface Piece {
  readonly dst: number;
  readonly src: number;
  readonly pages: number;
}

/** `stuck`: a helper has taken it, and does not come to its end before `letGo`. */
export type PieceFate = 'copied' | 'stuck';

export interface FakeCopyTeamOptions {
  readonly copier: () => FrameCopier;
  /** Which pieces helpers take, when, and in which order. Without it: none, the caller copies all. */
  readonly random?: Random;
  readonly jobs?: number;
  readonly pieces?: number;
}

interface Job {
  readonly copier: FrameCopier;
  readonly pieces: Piece[];
  readonly results: number[];
  readonly left: number[];
  readonly stuck: number[];
  started: boolean;
}

/** A copy team in memory, whose helpers work whenever the caller does something. */
export class FakeCopyTeam implements CopyTeam {
  helpers = 3;
  fate: (piece: Piece) => PieceFate = () => 'copied';
  readonly #options: FakeCopyTeamOptions;
  readonly #jobs: (Job | undefined)[];
  /** The pieces of every job that was started, in order. */
  readonly history: (readonly Piece[])[] = [];
  abandoned = 0;
  #quiet: () => void = () => {};

  constructor(options: FakeCopyTeamOptions) {
    this.#options = options;
    this.#jobs = new Array<Job | undefined>(options.jobs ?? 4).fill(undefined);
  }

  get openJobs(): number {
    return this.#jobs.filter((job) => job !== undefined).length;
  }

  open(): number {
    const number = this.#jobs.indexOf(undefined);
    if (number < 0) return -1;
    const copier = this.#options.copier();
    this.#jobs[number] = { copier, pieces: [], results: [], left: [], stuck: [], started: false };
    return number;
  }

  add(job: number, dst: number, src: number, pages: number): boolean {
    const { pieces, results, left, started } = this.#job(job);
    assert.equal(started, false);
    assert.ok(pages > 0);
    if (pieces.length === (this.#options.pieces ?? 10_000)) return false;
    left.push(pieces.length);
    pieces.push({ dst, src, pages });
    results.push(0);
    return true;
  }

  start(job: number): void {
    const one = this.#job(job);
    one.started = true;
    this.history.push(one.pieces);
    this.#help();
  }

  finish(job: number, _nanoseconds: number): boolean {
    const one = this.#job(job);
    assert.ok(one.started);
    this.#help();
    while (one.left.length > 0) this.#take(one, one.left.length - 1);
    return one.stuck.length === 0;
  }

  result(job: number, piece: number): number {
    const result = this.#job(job).results[piece];
    assert.ok(result !== undefined, `there is no piece ${piece}`);
    return result;
  }

  close(job: number): void {
    assert.equal(this.#job(job).stuck.length, 0);
    this.#jobs[job] = undefined;
  }

  async resize(helpers: number): Promise<void> {
    assert.equal(this.openJobs, 0);
    this.helpers = helpers;
  }

  abandon(): Promise<void> {
    this.abandoned++;
    return new Promise((resolve) => {
      this.#quiet = resolve;
    });
  }

  /** What is stuck is copied at last. */
  letGo(): void {
    for (const job of this.#jobs) {
      for (const piece of job?.stuck.splice(0) ?? []) this.#copy(job!, piece);
    }
    this.#quiet();
  }

  /** The helpers take some pieces of the jobs that were started. */
  #help(): void {
    const { random } = this.#options;
    if (random === undefined) return;
    for (const job of this.#jobs) {
      if (job?.started !== true) continue;
      for (let some = random(job.left.length + 1); some > 0; some--) this.#take(job, random(job.left.length));
    }
  }

  #take(job: Job, at: number): void {
    const [piece] = job.left.splice(at, 1);
    if (this.fate(job.pieces[piece!]!) === 'stuck') job.stuck.push(piece!);
    else this.#copy(job, piece!);
  }

  #copy(job: Job, piece: number): void {
    const { dst, src, pages } = job.pieces[piece]!;
    const error = job.copier(dst, src, pages);
    job.results[piece] = error === 0 ? 1 : error;
  }

  #job(job: number): Job {
    const one = this.#jobs[job];
    assert.ok(one !== undefined, `job ${job} is not open`);
    return one;
  }
}
