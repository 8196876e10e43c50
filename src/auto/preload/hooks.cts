/** Memories that the JavaScript of this thread makes or gets. An error of a listener does not reach the program. */
export interface MemoryListener {
  /** A SharedArrayBuffer or a WebAssembly.Memory, perhaps one that was reported before. */
  seen(memory: object): void;
}

export interface Hooks {
  /** Replaces the built-ins of this thread. A second call adds a listener. Returns a function that removes it. */
  watchMemories(listener: MemoryListener): () => void;
  /** Whether the program has frozen Error, so that the length of stack traces cannot be changed. */
  isErrorFrozen(): boolean;
}

type Callable = (...args: never[]) => unknown;
type Constructor = new (...args: never[]) => object;

interface WebAssemblyNamespace {
  readonly Memory: Constructor;
  readonly Instance: Constructor;
}

// Taken before the program can change them.
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
// Node may have set prepareStackTrace itself.
const { captureStackTrace, prepareStackTrace: usual } = Error;
const NATIVE_ERRORS: readonly object[] = [TypeError.prototype, RangeError.prototype];

/** Frames of this file in a failed call, at most. */
const OUR_FRAMES = 4;

const listeners = new Set<MemoryListener>();
/** The built-in behind each function of ours, for Function.prototype.toString. */
const builtIns = new WeakMap<object, Callable>();
/** Exports of instances that were searched for memories. */
const searched = new WeakSet<object>();
let installed = false;

function tell(memory: object): void {
  for (const listener of listeners) {
    try {
      listener.seen(memory);
    } catch {
      // The program has no part in it.
    }
  }
}

/**
 * The error of a call of a built-in that has failed, as if the program had called the built-in itself: its stack has no
 * frame of this file. If code of the program can have run in the call, the error may be the program's, and stays as it is.
 *
 * @param again the same call, which fails again. Only for a built-in that has a frame itself. Its error has more frames, so that
 * enough are left without ours.
 */
function withoutUs(
  error: unknown,
  us: Callable,
  args: readonly unknown[],
  again: (() => unknown) | undefined,
): unknown {
  if (typeof error !== 'object' || error === null || !args.every(runsNoCode)) return error;
  if (!NATIVE_ERRORS.includes(getPrototypeOf(error)!)) return error;
  const { stackTraceLimit, prepareStackTrace } = Error;
  const canChange = typeof stackTraceLimit === 'number' && prepareStackTrace === usual && !isErrorFrozen();
  if (again === undefined || !canChange) {
    captureStackTrace(error, us);
    return error;
  }
  Error.stackTraceLimit = stackTraceLimit + OUR_FRAMES;
  try {
    again();
  } catch (same) {
    const { message, stack = '' } = same as Error;
    const start = stack.indexOf(message) + message.length;
    const frames = stack.slice(start).split('\n').slice(1);
    const theirs = frames.filter((line) => !line.includes(__filename)).slice(0, stackTraceLimit);
    (same as Error).stack = [stack.slice(0, start), ...theirs].join('\n');
    return same;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return error;
}

function isErrorFrozen(): boolean {
  return getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable !== true;
}

/** Whether a built-in reads an argument without running code of the program. */
function runsNoCode(value: unknown): boolean {
  if (typeof value === 'function') return false;
  if (typeof value !== 'object' || value === null) return true;
  const { isProxy } = process.getBuiltinModule('node:util').types;
  const prototype = isProxy(value) ? value : getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  return ownKeys(value).every((key) => {
    const found = getOwnPropertyDescriptor(value, key);
    return found !== undefined && 'value' in found && typeof found.value !== 'object';
  });
}

/** Gives a function of ours the properties of the built-in that it replaces. */
function replace(owner: object, key: PropertyKey, part: 'value' | 'get', ours: Callable): void {
  const property = getOwnPropertyDescriptor(owner, key);
  const builtIn: unknown = property?.[part];
  if (property?.configurable !== true || typeof builtIn !== 'function') return;
  for (const name of ownKeys(builtIn)) defineProperty(ours, name, getOwnPropertyDescriptor(builtIn, name)!);
  builtIns.set(ours, builtIn as Callable);
  defineProperty(owner, key, { ...property, [part]: ours });
}

function replaceConstructor(owner: object, name: string, builtIn: Constructor, hasFrame: boolean): void {
  // Not an arrow function or a method: those cannot be constructors.
  function ours(...args: never[]): object {
    const target = new.target === ours ? builtIn : new.target;
    const make = (): object =>
      // Without `new` the built-in throws its own error.
      (target === undefined ? apply(builtIn, undefined, args) : construct(builtIn, args, target)) as object;
    let made: object;
    try {
      made = make();
    } catch (error) {
      throw withoutUs(error, ours as Callable, args, hasFrame ? make : undefined);
    }
    tell(made);
    return made;
  }
  replace(owner, name, 'value', ours as Callable);
  replace(builtIn.prototype as object, 'constructor', 'value', ours as Callable);
}

/** Replaces a method that changes the size of a memory. A method in braces has no `prototype`, as the built-in. */
function replaceGrow(prototype: object, grow: Callable, hasFrame: boolean): void {
  const { ours } = {
    ours(this: object, ...args: never[]): unknown {
      let result: unknown;
      try {
        result = apply(grow, this, args);
      } catch (error) {
        const again = hasFrame ? () => apply(grow, this, args) : undefined;
        throw withoutUs(error, ours as Callable, args, again);
      }
      tell(this);
      return result;
    },
  };
  replace(prototype, 'grow', 'value', ours as Callable);
}

/**
 * Replaces the getter of an instance's exports. Every program reads them to use an instance, so no way to make one has to be
 * replaced. That matters: a promise of WebAssembly.instantiate would settle later, and an error that a module's start
 * function throws would have a frame of ours in the middle.
 */
function replaceExports(prototype: object, get: Callable, memory: object): void {
  const { ours } = {
    ours(this: object): unknown {
      let exports: object;
      try {
        exports = apply(get, this, []) as object;
      } catch (error) {
        throw withoutUs(error, ours as Callable, [], undefined);
      }
      if (!searched.has(exports)) search(exports, memory);
      return exports;
    },
  };
  replace(prototype, 'exports', 'get', ours as Callable);
}

/** The exports of an instance are a frozen object of plain properties, so no code of the program runs. */
function search(exports: object, memory: object): void {
  searched.add(exports);
  for (const key of ownKeys(exports)) {
    const value: unknown = getOwnPropertyDescriptor(exports, key)?.value;
    if (typeof value === 'object' && value !== null && getPrototypeOf(value) === memory) tell(value);
  }
}

function replaceToString(): void {
  const builtIn = Function.prototype.toString as Callable;
  const { ours } = {
    ours(this: object): unknown {
      try {
        return apply(builtIn, builtIns.get(this) ?? this, []);
      } catch (error) {
        throw withoutUs(error, ours as Callable, [], () => apply(builtIn, this, []));
      }
    },
  };
  replace(Function.prototype, 'toString', 'value', ours as Callable);
}

function methodOf(owner: object, key: PropertyKey): Callable | undefined {
  return getOwnPropertyDescriptor(owner, key)?.value as Callable | undefined;
}

function install(): void {
  replaceToString();
  replaceConstructor(globalThis, 'SharedArrayBuffer', SharedArrayBuffer as Constructor, true);
  const growShared = methodOf(SharedArrayBuffer.prototype, 'grow');
  if (growShared !== undefined) replaceGrow(SharedArrayBuffer.prototype, growShared, true);
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  // Absent with --jitless.
  if (WebAssembly === undefined) return;
  const { Memory, Instance } = WebAssembly;
  const memory = Memory.prototype as object;
  replaceConstructor(WebAssembly, 'Memory', Memory, false);
  const grow = methodOf(memory, 'grow');
  if (grow !== undefined) replaceGrow(memory, grow, false);
  const exports = getOwnPropertyDescriptor(Instance.prototype, 'exports')?.get;
  if (exports !== undefined) replaceExports(Instance.prototype as object, exports as Callable, memory);
}

const hooks: Hooks = {
  watchMemories(listener) {
    if (!installed) install();
    installed = true;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  isErrorFrozen,
};

module.exports = hooks;
