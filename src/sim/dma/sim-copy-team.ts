import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { CopyTeam } from '../../mm/ports/copy-team.js';
import type { Recorder } from '../../trace/recorder.js';
import type { ShareLog } from '../../trace/share-log.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { Processor } from '../hardware/processor.js';
import type { VirtualClock } from '../hardware/virtual-clock.js';
import type { Costs } from '../machine/costs.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

export interface SimCopyTeamOptions {
  readonly clock: VirtualClock;
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly profile: HardwareProfile;
  readonly costs: Costs;
  /** Threads, the calling one included. */
  readonly threads: number;
  readonly onWait?: () => void;
  /** Records the copies of the helpers. */
  readonly recorder?: Recorder | undefined;
}

interface Job {
  readonly dst: number[];
  readonly src: number[];
  readonly pages: number[];
  readonly result: number[];
  /** Number of its batch, if that is recorded; else 0. */
  batch: number;
  next: number;
  ended: number;
}

/** Threads on other processors that copy together with the migrating thread, in virtual time. */
export class SimCopyTeam implements CopyTeam {
  helpers: number;
  readonly #options: SimCopyTeamOptions;
  readonly #jobs: (Job | undefined)[] = [];
  /** Jobs that have begun, the oldest first. */
  readonly #begun: Job[] = [];
  /** Numbers of the idle helpers. */
  readonly #idle: number[] = [];
  readonly #logs: ShareLog[] = [];
  #busy = 0;

  constructor(options: SimCopyTeamOptions) {
    this.#options = options;
    this.helpers = Math.max(0, Math.min(options.threads, options.profile.cpu.cpus) - 1);
    for (let helper = 0; helper < this.helpers; helper++) this.#idle.push(helper);
  }

  open(): number {
    const number = this.#jobs.indexOf(undefined);
    const job: Job = { dst: [], src: [], pages: [], result: [], batch: 0, next: 0, ended: 0 };
    if (number < 0) return this.#jobs.push(job) - 1;
    this.#jobs[number] = job;
    return number;
  }

  add(number: number, dst: number, src: number, pages: number): boolean {
    const job = this.#jobs[number]!;
    job.dst.push(dst);
    job.src.push(src);
    job.pages.push(pages);
    job.result.push(0);
    return true;
  }

  start(number: number): void {
    const { clock, profile, recorder } = this.#options;
    const job = this.#jobs[number]!;
    job.batch = recorder?.batch ?? 0;
    this.#begun.push(job);
    for (const helper of this.#idle.splice(0)) clock.after(profile.cpu.wakeNs, () => this.#help(helper));
  }

  finish(number: number, nanoseconds: number): boolean {
    const { processor, profile, onWait } = this.#options;
    const job = this.#jobs[number]!;
    onWait?.();
    while (job.next < job.pages.length) {
      const piece = job.next++;
      this.#busy++;
      processor.spend(this.#costOf(job.pages[piece]!));
      this.#busy--;
      this.#copied(job, piece);
    }
    const isOver = (): boolean => job.ended === job.pages.length;
    if (isOver()) return true;
    const over = processor.sleepUntil(isOver, nanoseconds);
    processor.sleep(profile.cpu.wakeNs);
    return over;
  }

  result(number: number, piece: number): number {
    return this.#jobs[number]!.result[piece]!;
  }

  close(number: number): void {
    this.#begun.splice(this.#begun.indexOf(this.#jobs[number]!), 1);
    this.#jobs[number] = undefined;
  }

  async resize(helpers: number): Promise<void> {
    const stay = this.#idle.filter((helper) => helper < helpers);
    for (let helper = this.helpers; helper < helpers; helper++) stay.push(helper);
    this.#idle.splice(0, this.#idle.length, ...stay);
    this.helpers = helpers;
  }

  async abandon(): Promise<void> {
    this.helpers = 0;
    this.#idle.length = 0;
  }

  #help(helper: number): void {
    const job = this.#begun.find(({ next, pages }) => next < pages.length);
    if (job === undefined) {
      this.#log(helper)?.end();
      if (helper < this.helpers) this.#idle.push(helper);
      return;
    }
    const piece = job.next++;
    this.#busy++;
    if (job.batch !== 0) {
      this.#log(helper)?.take(job.batch, { pieces: 1, bytes: job.pages[piece]! * PAGE_SIZE });
    }
    this.#options.clock.after(this.#costOf(job.pages[piece]!), () => {
      this.#busy--;
      this.#copied(job, piece);
      this.#help(helper);
    });
  }

  #log(helper: number): ShareLog | undefined {
    const { recorder } = this.#options;
    if (recorder === undefined) return undefined;
    this.#logs[helper] ??= recorder.shareLog(`copy${helper + 1}`);
    return this.#logs[helper];
  }

  #costOf(pages: number): number {
    const { cpu, memory } = this.#options.profile;
    const rate = Math.min(cpu.copyGBps, memory.copyGBps / this.#busy);
    const bytes = pages * PAGE_SIZE;
    return cpu.copyCallNs + bytes / rate + this.#options.costs.coldNs(bytes);
  }

  #copied(job: Job, piece: number): void {
    const { content, poisoned } = this.#options.memory;
    const src = job.src[piece]!;
    const pages = job.pages[piece]!;
    const bad = poisoned.subarray(src, src + pages).includes(1);
    if (!bad) content.copy(job.dst[piece]!, src, pages);
    job.result[piece] = bad ? -ERRNO.EHWPOISON : 1;
    job.ended++;
  }
}
