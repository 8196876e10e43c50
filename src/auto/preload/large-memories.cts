import type { Hooks } from './hooks.cjs';

/** Large memories of this thread, as they are made or have grown. */
export interface LargeMemories {
  /** Bytes of the largest memory that was seen when it was made or grew. */
  readonly largestBytes: number;
  /** Ends it. */
  stop(): void;
}

export interface LargeMemoriesModule {
  /**
   * Calls `found` once for each SharedArrayBuffer and WebAssembly.Memory of this thread that has at least `minBytes`, or has
   * grown to that. It keeps none of them alive, and its timer does not keep the process alive. Memory that pageferry makes for
   * itself is left out: the migration thread must never wait for it.
   */
  findLargeMemories(minBytes: number, found: (memory: object) => void): LargeMemories;
  /** Bytes of a SharedArrayBuffer or a WebAssembly.Memory, as the engine knows them. 0 for another object. */
  bytesOf(memory: object): number;
}

/** Milliseconds between two looks at memories that may have grown by an instruction of their module. */
const LOOK_MS = 1000;
/** Memories that are looked at together. With more, each is looked at less often. */
const MOST = 4096;

const { isErrorFrozen, watchMemories } = require('./hooks.cjs') as Hooks;
// Taken before the program can change them, or replaces the timers of a test.
const { apply, getOwnPropertyDescriptor } = Reflect;
const { setInterval, clearInterval } = globalThis;

const { join, sep } = process.getBuiltinModule('node:path');
const { pathToFileURL } = process.getBuiltinModule('node:url');
const OWN = join(__dirname, '..', '..') + sep;
/** The programs of the benches are programs. */
const PROGRAMS = join(OWN, 'bench') + sep;
const HOOKS = __dirname + sep;
/** Frames from a constructor to its caller, at most: those of this folder, and the caller's. */
const FRAMES = 10;

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');
/** What is started here does not belong to the request of the program that has made a memory. */
const outside = new AsyncResource('pageferry', { requireManualDestroy: true });

type Getter = () => unknown;

function getter(prototype: object, key: string): Getter | undefined {
  return getOwnPropertyDescriptor(prototype, key)?.get;
}

const { WebAssembly } = globalThis as { WebAssembly?: { Memory: { prototype: object } } };
const bufferOf = WebAssembly === undefined ? undefined : getter(WebAssembly.Memory.prototype, 'buffer');
const sharedBytes = getter(SharedArrayBuffer.prototype, 'byteLength')!;
const unsharedBytes = getter(ArrayBuffer.prototype, 'byteLength')!;
const growable = getter(SharedArrayBuffer.prototype, 'growable');

/** Calls a built-in getter. Undefined if the object is of another kind. */
function read(get: Getter | undefined, from: unknown): unknown {
  try {
    return get === undefined ? undefined : apply(get, from, []);
  } catch {
    return undefined;
  }
}

function bytesOf(memory: object): number {
  const own = read(sharedBytes, memory);
  if (own !== undefined) return own as number;
  const buffer = read(bufferOf, memory);
  return ((read(unsharedBytes, buffer) ?? read(sharedBytes, buffer)) as number | undefined) ?? 0;
}

/** Whether code of pageferry itself has called the constructor or the method that is running now. */
function isCalledByUs(): boolean {
  const within = (file: string, folder: string): boolean =>
    file.startsWith(folder) || file.startsWith(pathToFileURL(folder).href);
  const caller = callingFiles().find((file) => !within(file, HOOKS)) ?? '';
  return within(caller, OWN) && !within(caller, PROGRAMS);
}

/** The files of the calls that are running now, the innermost first. */
function callingFiles(): readonly string[] {
  if (isErrorFrozen()) {
    // Only its text can be read.
    const lines = String(new Error().stack).split('\n');
    return lines.flatMap((line) => /^ +at (?:.* \()?(.+?):\d+:\d+\)?$/.exec(line)?.[1] ?? []);
  }
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = (_, sites) => sites;
    const sites = new Error().stack as unknown as readonly NodeJS.CallSite[];
    return sites.map((site) => site.getFileName() ?? '');
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Whether a memory that is too small can grow. A WebAssembly.Memory does not say what its maximum is. */
function canGrow(memory: object): boolean {
  return read(sharedBytes, memory) === undefined || read(growable, memory) === true;
}

class Search implements LargeMemories {
  readonly #minBytes: number;
  readonly #found: (memory: object) => void;
  readonly #reported = new WeakSet<object>();
  readonly #known = new WeakSet<object>();
  /** Memories that may become large. */
  readonly #small = new Set<WeakRef<object>>();
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;
  #largestBytes = 0;

  constructor(minBytes: number, found: (memory: object) => void) {
    this.#minBytes = minBytes;
    this.#found = found;
    this.#unwatch = watchMemories({ seen: (memory) => this.#see(memory) });
  }

  get largestBytes(): number {
    return this.#largestBytes;
  }

  stop(): void {
    this.#unwatch();
    clearInterval(this.#timer);
    this.#small.clear();
  }

  #see(memory: object): void {
    if (this.#reported.has(memory)) return;
    const bytes = bytesOf(memory);
    if (bytes >= this.#minBytes) {
      if (isCalledByUs()) this.#reported.add(memory);
      else this.#report(memory);
      return;
    }
    this.#largestBytes = Math.max(this.#largestBytes, bytes);
    if (this.#known.has(memory) || !canGrow(memory)) return;
    this.#known.add(memory);
    this.#small.add(new WeakRef(memory));
    this.#timer ??= outside.runInAsyncScope(() => setInterval(() => this.#look(), LOOK_MS).unref());
  }

  #report(memory: object): void {
    if (this.#reported.has(memory)) return;
    this.#reported.add(memory);
    outside.runInAsyncScope(() => this.#found(memory));
  }

  /** Looks at the memories that have waited longest. */
  #look(): void {
    let left = Math.min(MOST, this.#small.size);
    for (const each of this.#small) {
      if (left-- === 0) break;
      const memory = each.deref();
      this.#small.delete(each);
      if (memory === undefined) continue;
      if (bytesOf(memory) >= this.#minBytes) this.#report(memory);
      else this.#small.add(each);
    }
    if (this.#small.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const module_: LargeMemoriesModule = {
  findLargeMemories: (minBytes, found) => new Search(minBytes, found),
  bytesOf,
};

module.exports = module_;
