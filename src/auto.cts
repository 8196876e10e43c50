/** `pageferry/auto`: preload it, and the memory of the program places itself. */
import type { LargeMemoriesModule } from './auto/preload/large-memories.cjs';
import type { AutoSession } from './auto/session.js' with { 'resolution-mode': 'import' };
import type { CapturedTimers } from './common/captured-timers.cjs';

const { appendFileSync, writeFileSync, writeSync } = process.getBuiltinModule('node:fs');
const { join, sep } = process.getBuiltinModule('node:path');
const { getEnvironmentData, isMainThread, setEnvironmentData, threadId } =
  process.getBuiltinModule('node:worker_threads');
const { setTimeout } = require('./common/captured-timers.cjs') as CapturedTimers;

const STANDARD_ERROR = '-';
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** As DEFAULT_MIN_BYTES of settings.ts. */
const DEFAULT_MIN_BYTES = 64 * 2 ** 20;
/** Milliseconds from the first large memory to the ferry. A program that ends before does not pay for it. */
const DELAY_MS = 250;

const { PAGEFERRY_AUTO_REPORT, PAGEFERRY_AUTO_MIN_SIZE: minSize } = process.env;
const report = PAGEFERRY_AUTO_REPORT || undefined;
/** A word that the threads of this process share: whether one of them has said why the program runs unchanged. */
const said = sharedWord();
/** The process that has this environment variable made the files. Its child processes inherit the paths of them. */
const OWNER = 'PAGEFERRY_AUTO_OWNER';
/** Memories that were found before the ferry was open. */
let waiting: WeakRef<object>[] | undefined;
let session: AutoSession | undefined;
let problem: string | undefined;

/** One line on standard error. Written at once, also by a thread, and also while the process ends. */
function say(line: string): void {
  try {
    writeSync(2, `pageferry: ${line}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** Bytes of PAGEFERRY_AUTO_MIN_SIZE. NaN if it is malformed: openSession then has the message. */
function minBytes(): number {
  if (minSize === undefined || minSize === '') return DEFAULT_MIN_BYTES;
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(minSize.trim());
  return match === null ? Number.NaN : Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
}

function sharedWord(): Int32Array {
  const known: unknown = getEnvironmentData('pageferry/auto');
  if (known instanceof Int32Array) return known;
  const made = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('pageferry/auto', made);
  return made;
}

async function open(): Promise<void> {
  try {
    const { openSession } = await import('./auto/session.js');
    session = await openSession();
    for (const each of waiting ?? []) {
      const memory = each.deref();
      if (memory !== undefined) session.adopt(memory);
    }
    waiting = undefined;
  } catch (error) {
    stop(error);
  }
}

/** From now on the program runs as without this module. */
function stop(error: unknown): void {
  memories?.stop();
  waiting = undefined;
  problem = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
  if (Atomics.exchange(said, 0, 1) === 0) say(`the program runs unchanged: ${problem}`);
}

function found(memory: object): void {
  if (session !== undefined) {
    session.adopt(memory);
    return;
  }
  if (waiting === undefined) {
    waiting = [];
    setTimeout(() => void open(), DELAY_MS).unref();
  }
  waiting.push(new WeakRef(memory));
}

/** Why there is no session. */
function absence(): string {
  if (problem !== undefined) return `adopted nothing: ${problem}`;
  if (waiting !== undefined) return 'adopted nothing: the program has ended before';
  const bytes = memories?.largestBytes ?? 0;
  return `no memory was large enough to adopt: the largest had ${(bytes / 2 ** 20).toFixed(1)}M`;
}

function absenceReport(file: string): string {
  const why = absence();
  if (!file.endsWith('.json')) return `pageferry: ${why}\n`;
  return `${JSON.stringify({ pid: process.pid, thread: threadId, adopted: { count: 0, bytes: 0 }, why }, null, 2)}\n`;
}

function writeReport(file: string): void {
  try {
    const text = session?.text(file) ?? absenceReport(file);
    const owner = process.env[OWNER] === String(process.pid);
    const path = [file, ...(owner ? [] : [process.pid]), ...(isMainThread ? [] : [threadId])].join('.');
    if (file === STANDARD_ERROR) writeSync(2, text);
    else if (isMainThread) writeFileSync(path, text);
    else appendFileSync(path, text);
  } catch (error) {
    say(`cannot write the report: ${(error as Error).message}`);
  }
}

function listen(file: string): void {
  process.on('exit', () => writeReport(file));
  // A worker gets no signals. A program with a listener of its own has another use for the signal.
  if (!isMainThread || process.platform === 'win32') return;
  process.on('SIGUSR2', () => {
    if (process.listenerCount('SIGUSR2') === 1) writeReport(file);
  });
}

function start(): ReturnType<LargeMemoriesModule['findLargeMemories']> | undefined {
  // Commands and threads of pageferry itself, if NODE_OPTIONS preloads this module.
  const own = join(__dirname, isMainThread ? 'cli' : '') + sep;
  if (process.argv[1]?.startsWith(own) === true) return undefined;
  const bytes = minBytes();
  if (Number.isNaN(bytes)) {
    void open();
    return undefined;
  }
  const { PAGEFERRY_AUTO_SOCKET: socket, PAGEFERRY_AUTO_DASHBOARD: dashboard } = process.env;
  if (report || socket || dashboard) process.env[OWNER] ??= String(process.pid);
  if (report !== undefined) listen(report);
  const { findLargeMemories } = require('./auto/preload/large-memories.cjs') as LargeMemoriesModule;
  return findLargeMemories(bytes, found);
}

const memories = start();
