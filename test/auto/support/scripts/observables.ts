/**
 * Prints what a program can see of the built-ins that pageferry/auto replaces. The test runs it with and without, and the
 * output must be the same. So it names no file and no time.
 */
import assert from 'node:assert/strict';
import { inspect, types } from 'node:util';
import { runInNewContext } from 'node:vm';

type Made = { readonly buffer: ArrayBufferLike; grow(by: number): number };

interface Api {
  readonly Memory: new (descriptor?: unknown) => Made;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module?: unknown,
    imports?: unknown,
  ) => { readonly exports: Record<string, unknown> };
  instantiate(
    source?: unknown,
    imports?: unknown,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

const { Memory, Module, Instance, instantiate } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
const wasm = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
/** Exports a memory `m` of one page, and a function `g` that grows it by a page. */
const MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1],
  ...[7, 9, 2, 1, 109, 2, 0, 1, 103, 0, 0, 10, 8, 1, 6, 0, 65, 1, 64, 0, 11],
);
/** Imports a memory `m` of the module `e`. */
const IMPORTER = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 2, 8, 1, 1, 101, 1, 109, 2, 0, 1);

/** The stack without the lines that are the same program at another address, or Node's own. */
function stackOf(error: unknown): string {
  return error instanceof Error
    ? `${Object.getOwnPropertyNames(error)} ${error.stack?.replaceAll(import.meta.url, 'me')}`
    : String(error);
}

function show(name: string, look: () => unknown): void {
  let seen: unknown;
  try {
    seen = look();
  } catch (error) {
    seen = `throws ${stackOf(error)}`;
  }
  console.log(`${name}: ${typeof seen === 'string' ? seen : inspect(seen, { showHidden: true, depth: 2 })}`);
}

function showFunction(name: string, fn: unknown): void {
  show(`${name} keys`, () =>
    Reflect.ownKeys(fn as object)
      .map(String)
      .sort(),
  );
  for (const key of Reflect.ownKeys(fn as object)
    .map(String)
    .sort()) {
    // The order of keys is another.
    show(`${name}.${key}`, () => inspect(Object.getOwnPropertyDescriptor(fn, key), { showHidden: false }));
  }
  show(`${name} text`, () => `${fn} ${Function.prototype.toString.call(fn)} ${String(fn)}`);
  show(`${name} kind`, () => [
    types.isProxy(fn),
    typeof fn,
    Object.getPrototypeOf(fn) === Function.prototype,
  ]);
  show(`${name} flags`, () => [Object.isExtensible(fn), Object.isFrozen(fn), inspect(fn)]);
  show(`${name} called`, () => {
    const result = (fn as () => unknown)();
    if (result instanceof Promise) result.catch(() => undefined);
    return typeof result;
  });
  show(`${name} new`, () => new (fn as new () => unknown)());
}

const property = (owner: object, key: PropertyKey): PropertyDescriptor =>
  Object.getOwnPropertyDescriptor(owner, key)!;
for (const [name, owner, key] of [
  ['SharedArrayBuffer', globalThis, 'SharedArrayBuffer'],
  ['sab.grow', SharedArrayBuffer.prototype, 'grow'],
  ['sab.constructor', SharedArrayBuffer.prototype, 'constructor'],
  ['Memory', wasm, 'Memory'],
  ['memory.grow', Memory.prototype, 'grow'],
  ['memory.constructor', Memory.prototype, 'constructor'],
  ['Instance', wasm, 'Instance'],
  ['instance.exports', Instance.prototype, 'exports'],
  ['instantiate', wasm, 'instantiate'],
  ['toString', Function.prototype, 'toString'],
] as const) {
  const found = property(owner, key);
  const { writable, enumerable, configurable } = found;
  show(`${name} property`, () => ({ writable, enumerable, configurable, get: typeof found.get }));
  showFunction(name, found.value ?? found.get);
}
show('toString of toString', () => Function.prototype.toString.call(Function.prototype.toString));
show('toString of other', () => Function.prototype.toString.call(show));
show('toString of object', () => Function.prototype.toString.call({}));
show('keys of the namespace', () => [Object.keys(wasm), Reflect.ownKeys(wasm), String(wasm)]);
show('keys of prototypes', () =>
  [Memory, SharedArrayBuffer, Instance].map((c) => Reflect.ownKeys(c.prototype as object)),
);

class Sub extends SharedArrayBuffer {
  readonly mark: boolean;
  constructor(bytes: number) {
    super(bytes);
    this.mark = new.target === Sub;
  }
}
class SubMemory extends Memory {
  readonly mark = 7;
}
show('subclass', () => [
  new Sub(8),
  new Sub(8) instanceof Sub,
  new Sub(8).constructor === Sub,
  new Sub(16).slice(8),
]);
show('subclass of memory', () => {
  const made = new SubMemory({ initial: 1, maximum: 2 });
  return [made instanceof SubMemory, made instanceof Memory, made.grow(1), made.buffer.byteLength, made.mark];
});
show('Reflect.construct', () => Reflect.construct(SharedArrayBuffer, [8], Map) instanceof Map);
show('Reflect.construct of itself', () => Reflect.construct(SharedArrayBuffer, [8], SharedArrayBuffer));
show('bad new.target', () => Reflect.construct(SharedArrayBuffer, [8], (() => 1) as never));
show('instanceof', () => [new SharedArrayBuffer(8) instanceof SharedArrayBuffer, {} instanceof Memory]);
show('constructor', () => new SharedArrayBuffer(8).constructor === SharedArrayBuffer);
show('tags', () => [
  Object.prototype.toString.call(new SharedArrayBuffer(8)),
  types.isSharedArrayBuffer(new SharedArrayBuffer(8)),
]);
show('clone', () => structuredClone(new SharedArrayBuffer(8)).constructor === SharedArrayBuffer);
show('slice', () => new SharedArrayBuffer(16).slice(4, 8).byteLength);
show('growable', () => {
  const Growable = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: object,
  ) => SharedArrayBuffer & { grow(to: number): void };
  const made = new Growable(8, { maxByteLength: 2 ** 20 });
  const before = inspect(made);
  made.grow(64);
  return [before, made.byteLength, inspect(made)];
});
show('grow too far', () => {
  const Growable = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: object,
  ) => SharedArrayBuffer & { grow(to: number): void };
  new Growable(8, { maxByteLength: 16 }).grow(64);
});
show('own code in an argument', () => {
  try {
    new SharedArrayBuffer({ valueOf: () => assert.fail('mine') } as never);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
});
for (const bad of [-1, Number.MAX_SAFE_INTEGER, 1n, Symbol('x')]) {
  show(`new SharedArrayBuffer(${String(bad)})`, () => new SharedArrayBuffer(bad as number));
}
for (const bad of [
  undefined,
  {},
  { initial: -1 },
  { initial: 2, maximum: 1 },
  { initial: 1, shared: true },
  1,
]) {
  show(`new Memory(${inspect(bad)})`, () => new Memory(bad));
}
show('memory.grow too far', () => new Memory({ initial: 1, maximum: 1 }).grow(1));
show('grow of another', () => property(Memory.prototype, 'grow').value.call({}, 1));
show('exports of another', () => property(Instance.prototype, 'exports').get!.call({}));
show('order of reads', () => {
  const reads: string[] = [];
  const descriptor = new Proxy(
    { initial: 1, maximum: 3 },
    {
      get: (t, k, r) => {
        reads.push(String(k));
        return Reflect.get(t, k, r);
      },
    },
  );
  new Memory(descriptor);
  return reads;
});
show('stack depth', () => {
  Error.stackTraceLimit = 3;
  const deep = (n: number): unknown => (n === 0 ? new Memory({ initial: -1 }) : deep(n - 1));
  try {
    return deep(6);
  } finally {
    Error.stackTraceLimit = 10;
  }
});
show('instance', () => {
  const { exports } = new Instance(new Module(MODULE));
  const { m: memory, g } = exports as { m: Made; g(): number };
  const grown = g();
  return [exports, Object.isFrozen(exports), memory instanceof Memory, grown, memory.buffer.byteLength];
});
const reads: string[] = [];
const counting = (target: object): object =>
  new Proxy(target, {
    get: (t, k, r) => {
      reads.push(`get ${String(k)}`);
      return Reflect.get(t, k, r);
    },
    has: (t, k) => {
      reads.push(`has ${String(k)}`);
      return Reflect.has(t, k);
    },
    ownKeys: (t) => {
      reads.push('ownKeys');
      return Reflect.ownKeys(t);
    },
    getOwnPropertyDescriptor: (t, k) => {
      reads.push(`own ${String(k)}`);
      return Reflect.getOwnPropertyDescriptor(t, k);
    },
  });
const imports = counting({ e: counting({ m: new Memory({ initial: 1 }) }) });
show('imports', () => [new Instance(new Module(IMPORTER), imports).exports, reads]);
const made = await instantiate(IMPORTER, imports);
show('instantiate', () => [Object.keys(made), made.instance.exports, reads]);
const order: string[] = [];
const failed = instantiate(Uint8Array.of(1)).then(() => undefined, stackOf);
order.push('called');
show('instantiate of nonsense', () => order);
console.log(await failed);
console.log(await instantiate().then(() => undefined, stackOf));
show('another realm', () => [
  runInNewContext('new SharedArrayBuffer(8) instanceof SharedArrayBuffer'),
  runInNewContext('new WebAssembly.Memory({ initial: 1 }).buffer.byteLength'),
]);
show('process', () => [
  process.eventNames(),
  process.listenerCount('exit'),
  process.listenerCount('SIGUSR2'),
  process.getActiveResourcesInfo(),
  Object.keys(process.env).filter((name) => name.startsWith('PAGEFERRY')),
  process.argv.length,
  Object.keys(globalThis),
]);
const later: string[] = [];
process.nextTick(() => later.push('tick'));
queueMicrotask(() => later.push('microtask'));
setImmediate(() => console.log(later.join()));
