import {
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
  write as writeLater,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemError } from '../../common/system-error.js';
import { libc } from '../sys/libc.js';
import { readText } from '../sys/read-text.js';
import { type ThreadIdentity, thisThread } from '../sys/thread-identity.js';

// Documentation/admin-guide/mm/damon/usage.rst
const KDAMONDS = '/sys/kernel/mm/damon/admin/kdamonds';
const COUNT = `${KDAMONDS}/nr_kdamonds`;
const KDAMOND = `${KDAMONDS}/0`;
const STATE = `${KDAMOND}/state`;
const CONTEXT = `${KDAMOND}/contexts/0`;
const OPERATIONS = `${CONTEXT}/operations`;
const TARGET = `${CONTEXT}/targets/0`;
const PID = `${TARGET}/pid_target`;
const REGIONS = `${TARGET}/regions`;
const INTERVALS = `${CONTEXT}/monitoring_attrs/intervals`;
/** The number of the thread whose kdamond it is. The kernel has no other use for it with these operations. */
const THREAD = `${INTERVALS}/update_us`;
const SCHEME = `${CONTEXT}/schemes/0`;
const TRIED = `${SCHEME}/tried_regions`;
/** Given ranges of the address space of a process. Its kdamond ends with the process. */
const ADDRESSES = 'fvaddr';
const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;
const MAX_UNSIGNED = '4294967295';
const MAX_UNSIGNED_LONG = '18446744073709551615';
/** The kernel refuses fewer. */
const MIN_REGIONS = 3;
/**
 * The kernel answers EBUSY while anybody else writes to these files, and since Linux 6.14 also while `finish` waits. That may
 * take two sets of samples.
 */
const TRIES = 400;
const PAUSE_MS = 5;

/** A range whose accesses were counted: in how many samples a page of it, chosen at random, was accessed. */
export type OnCounted = (start: number, end: number, samples: number) => void;

/**
 * One kdamond of this process, by the sysfs interface of DAMON. All programs of a host share one set of kdamonds. So this
 * takes it only while nobody else has any, writes the numbers of this process and this thread into it, and touches it only
 * as long as they are there. To be made by the thread that uses it.
 */
export class DamonControl {
  /** The file of commands, through which the samples are read. -1 without a kdamond. */
  #file = -1;
  /** Whether a command is in progress. */
  #reading = false;
  readonly #thread: ThreadIdentity = thisThread();

  /** Why this thread cannot have a kdamond. Undefined if it can. Removes one of a thread of this process that has ended. */
  static problem(): string | undefined {
    const count = readText(COUNT);
    if (count === undefined) {
      return process.getuid?.() === 0
        ? 'this kernel has no DAMON with its sysfs interface (CONFIG_DAMON_SYSFS), or sysfs is read-only here'
        : 'only root may use DAMON';
    }
    if (count === '0' || isLeftOver() || removeAbandoned()) return undefined;
    const on = Array.from({ length: Number(count) }, (_, i) => readText(`${KDAMONDS}/${i}/state`)).includes(
      'on',
    );
    if (on) return 'another program uses DAMON: a kdamond is on';
    return `another program has configured DAMON, but it is off. If none needs it, write 0 to ${COUNT}`;
  }

  /**
   * Configures a kdamond that counts the accesses to ranges of this process, but does not turn it on. The intervals are in
   * microseconds.
   * @throws Error of node:fs. Then there is none.
   */
  take(start: Float64Array, end: Float64Array, ranges: number): void {
    write(COUNT, '1');
    try {
      write(`${KDAMOND}/contexts/nr_contexts`, '1');
      write(OPERATIONS, ADDRESSES);
      write(`${CONTEXT}/targets/nr_targets`, '1');
      write(THREAD, `${this.#thread.id}`);
      write(PID, `${process.pid}`);
      // One range more or less, and the kernel would merge neighbours or split ranges.
      write(`${CONTEXT}/monitoring_attrs/nr_regions/max`, `${Math.max(MIN_REGIONS, ranges)}`);
      write(`${CONTEXT}/monitoring_attrs/nr_regions/min`, `${Math.max(MIN_REGIONS, ranges)}`);
      this.#watch(start, end, ranges);
      // The scheme does nothing. It lists the ranges with an access.
      write(`${CONTEXT}/schemes/nr_schemes`, '1');
      write(`${SCHEME}/action`, 'stat');
      write(`${SCHEME}/access_pattern/sz/max`, MAX_UNSIGNED_LONG);
      write(`${SCHEME}/access_pattern/nr_accesses/max`, MAX_UNSIGNED);
      write(`${SCHEME}/access_pattern/nr_accesses/min`, '1');
      write(`${SCHEME}/access_pattern/age/max`, MAX_UNSIGNED);
      this.#file = openState();
    } catch (error) {
      write(COUNT, '0');
      throw error;
    }
  }

  #watch(start: Float64Array, end: Float64Array, ranges: number): void {
    write(`${REGIONS}/nr_regions`, `${ranges}`);
    for (let i = 0; i < ranges; i++) {
      write(`${REGIONS}/${i}/start`, `${start[i]}`);
      write(`${REGIONS}/${i}/end`, `${end[i]}`);
    }
  }

  /** Turns it on: `samples` times it looks whether a page was accessed in the last `sampleUs`. @throws Error of node:fs */
  start(sampleUs: number, samples: number): void {
    write(`${INTERVALS}/sample_us`, `${sampleUs}`);
    write(`${INTERVALS}/aggr_us`, `${sampleUs * samples}`);
    write(STATE, 'on');
  }

  /**
   * Waits for the next whole set of samples, turns it off, and calls `each` for every range with an access, in order. The
   * kernel lets the caller wait for more than 100 ms, so this waits in another thread. Resolves to the CPU time of the
   * kdamond in nanoseconds, as far as this process can read it.
   * @throws Error of node:fs, also if it was turned off in the meantime
   */
  async finish(each: OnCounted): Promise<number> {
    const file = this.#file;
    this.#reading = true;
    try {
      await promisify(writeLater)(file, 'update_schemes_tried_regions', 0);
    } finally {
      this.#reading = false;
      // It was released in the meantime.
      if (this.#file !== file) libc().close(file);
    }
    const cpuNs = cpuTime();
    await this.stop();
    for (const name of regionNames()) {
      const [start, end, samples] = await Promise.all(
        ['start', 'end', 'nr_accesses'].map(async (file) =>
          Number(await readFile(`${TRIED}/${name}/${file}`, 'utf8')),
        ),
      );
      each(start!, end!, samples!);
    }
    return cpuNs;
  }

  /** Turns it off, without blocking the caller, if it is on. It may take as long as a sample. */
  async stop(): Promise<void> {
    for (let tries = 0; tries < TRIES && this.isOurs && readText(STATE) === 'on'; tries++) {
      try {
        await writeFile(STATE, 'off');
      } catch {
        await setTimeout(PAUSE_MS);
      }
    }
  }

  /** The number by which another thread can release it, after this one has ended. */
  get thread(): number {
    return this.#thread.id;
  }

  /** Whether it is still this thread's. */
  get isOurs(): boolean {
    return isOf(this.#thread.id);
  }

  /** Turns it off and removes it. */
  release(): void {
    const file = this.#file;
    this.#file = -1;
    releaseOf(this.#thread.id);
    if (file >= 0 && !this.#reading) libc().close(file);
  }
}

/** Turns the kdamond of a thread of this process off and removes it. */
export function releaseOf(thread: number): void {
  for (let tries = 0; tries < TRIES && isOf(thread); tries++) {
    try {
      if (readText(STATE) === 'on') write(STATE, 'off');
      awaitCommands();
      write(COUNT, '0');
    } catch {
      libc().usleep(PAUSE_MS * 1000);
    }
  }
}

/**
 * Waits until no command of this process is in progress. Linux 6.12 never returns from the removal of a kdamond while a
 * thread waits for a command of it: the removal waits for that thread, with the lock for which the thread waits. The kernel
 * serves one call for an open file at a time (kernfs_open_file.mutex), so a read of it returns afterwards.
 */
function awaitCommands(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`) === STATE) readSync(Number(name), Buffer.alloc(8), 0, 8, 0);
    } catch {
      // It was closed, or is only for writing: that of `stop`, for which nobody waits.
    }
  }
}

/** A file that Node does not close when the thread ends, so that `awaitCommands` finds it. */
function openState(): number {
  const c = libc();
  const file = c.open(STATE, O_RDWR | O_CLOEXEC);
  if (file < 0) throw systemError(c.errno(), `cannot open ${STATE}`, { operation: 'heat' });
  return file;
}

function write(path: string, text: string): void {
  writeFileSync(path, text);
}

/** Whether the only kdamond was configured by this process. */
function isOfThisProcess(): boolean {
  return readText(COUNT) === '1' && readText(PID) === `${process.pid}`;
}

/** Whether the only kdamond was configured by a thread of this process. */
function isOf(thread: number): boolean {
  return isOfThisProcess() && readText(THREAD) === `${thread}`;
}

/** Removes the kdamond of a thread of this process that has ended without a rescuer. True if there was one. */
function removeAbandoned(): boolean {
  if (!isOfThisProcess()) return false;
  const thread = Number(readText(THREAD));
  if (thisThread().isAlive(thread)) return false;
  releaseOf(thread);
  return !isOf(thread);
}

/** Whether the only kdamond is that of a process that was killed: it is off, and its process is gone. */
function isLeftOver(): boolean {
  if (readText(COUNT) !== '1' || readText(STATE) !== 'off' || readText(OPERATIONS) !== ADDRESSES)
    return false;
  if (readText(`${CONTEXT}/targets/nr_targets`) !== '1') return false;
  const pid = readText(PID);
  return pid !== undefined && pid !== '0' && readText(`/proc/${pid}/comm`) === undefined;
}

/** Whether the kernel can watch the addresses of a process. To be called only if there is no `problem`. */
export function watchesAddresses(): boolean {
  // The list of operations is only in a context, so one is made for a moment.
  write(COUNT, '1');
  try {
    write(`${KDAMOND}/contexts/nr_contexts`, '1');
    return readFileSync(`${CONTEXT}/avail_operations`, 'utf8').split('\n').includes(ADDRESSES);
  } finally {
    try {
      write(COUNT, '0');
    } catch {
      // Somebody has turned one on in the meantime.
    }
  }
}

function cpuTime(): number {
  const pid = readText(`${KDAMOND}/pid`);
  // In a container the number may be that of another process, or of none.
  if (readText(`/proc/${pid}/comm`)?.startsWith('kdamond') !== true) return 0;
  return Number(readText(`/proc/${pid}/schedstat`)?.split(' ')[0] ?? 0);
}

/** The numbers of the ranges, in order. The kernel numbers them from 0 on, or continues. */
function regionNames(): string[] {
  return readdirSync(TRIED)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b));
}
