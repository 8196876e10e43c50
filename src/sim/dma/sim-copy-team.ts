import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { RandomStream } from '../../common/random.js';
import type { CopyTeam } from '../../mm/ports/copy-team.js';
import type { Recorder } from '../../trace/recorder.js';
import type { ShareLog } from '../../trace/share-log.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { Processor } from '../hardware/processor.js';
import type { SharedLink } from '../hardware/shared-link.js';
import type { VirtualClock } from '../hardware/virtual-clock.js';
import type { Costs } from '../machine/costs.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { domainOf, type ThreadPlacement } from './placement.js';

export interface SimCopyTeamOptions {
  readonly clock: VirtualClock;
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly profile: HardwareProfile;
  readonly costs: Costs;
  readonly link: SharedLink;
  /** Threads, the calling one included. */
  readonly threads: number;
  /** Where the threads run. It has an effect on a machine with a topology. */
  readonly placement: ThreadPlacement;
  /** Processors on which another program runs, besides that of the calling thread. The first helpers run there. */
  readonly busyCpus: number;
  readonly random: RandomStream;
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
  /** The copying threads of each domain. */
  readonly #busyIn: Uint32Array;

  constructor(options: SimCopyTeamOptions) {
    this.#options = options;
    this.#busyIn = new Uint32Array(options.profile.topology?.domains ?? 1);
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
    const { clock, recorder } = this.#options;
    const job = this.#jobs[number]!;
    job.batch = recorder?.batch ?? 0;
    this.#begun.push(job);
    for (const helper of this.#idle.splice(0)) clock.after(this.#startNs(helper), () => this.#help(helper));
  }

  finish(number: number, nanoseconds: number): boolean {
    const { processor, profile, onWait } = this.#options;
    const job = this.#jobs[number]!;
    onWait?.();
    while (job.next < job.pages.length) {
      const piece = job.next++;
      const ns = this.#begin(0, job.pages[piece]!);
      processor.spend(ns);
      this.#end(0);
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
    if (job.batch !== 0) {
      this.#log(helper)?.take(job.batch, { pieces: 1, bytes: job.pages[piece]! * PAGE_SIZE });
    }
    // A program on the same processor gets every second slice.
    const share = this.#isBusy(helper) ? 2 : 1;
    this.#options.clock.after(share * this.#begin(helper + 1, job.pages[piece]!), () => {
      this.#end(helper + 1);
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

  /** A helper on a busy processor first waits for the slice of the program that runs there. */
  #startNs(helper: number): number {
    const { cpu } = this.#options.profile;
    if (!this.#isBusy(helper)) return cpu.wakeNs;
    return cpu.wakeNs + (this.#options.random.next() / 2 ** 32) * cpu.sliceNs;
  }

  #isBusy(helper: number): boolean {
    return helper < this.#options.busyCpus;
  }

  #domainOf(thread: number): number {
    const { profile, placement } = this.#options;
    return domainOf(thread, profile, placement);
  }

  /** A thread, 0 for the calling one, begins to copy a piece. Returns the time that it needs. */
  #begin(thread: number, pages: number): number {
    const { profile, costs, link } = this.#options;
    const { cpu, memory, topology } = profile;
    const bytes = pages * PAGE_SIZE;
    this.#busy++;
    let rate = cpu.copyGBps;
    if (topology !== undefined) {
      const domain = this.#domainOf(thread);
      const before = this.#demandOf(domain);
      this.#busyIn[domain]!++;
      link.add((this.#demandOf(domain) - before) / topology.threadsGBps);
      rate = this.#demandOf(domain) / this.#busyIn[domain]! / link.latency;
    }
    return cpu.copyCallNs + bytes / Math.min(rate, memory.copyGBps / this.#busy) + costs.coldNs(bytes);
  }

  #end(thread: number): void {
    const { topology } = this.#options.profile;
    this.#busy--;
    if (topology === undefined) return;
    const domain = this.#domainOf(thread);
    const before = this.#demandOf(domain);
    this.#busyIn[domain]!--;
    this.#options.link.add((this.#demandOf(domain) - before) / topology.threadsGBps);
  }

  /** The rate that the threads of a domain would have if no other domain copied. */
  #demandOf(domain: number): number {
    const { cpu, topology } = this.#options.profile;
    return Math.min(topology!.domainGBps, this.#busyIn[domain]! * cpu.copyGBps);
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
