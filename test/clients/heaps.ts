import type { WasmMemory } from '../../src/index.js';

type Imports = Record<string, unknown>;
type Instance = { readonly exports: Record<string, unknown> };
type MemoryClass = (new (descriptor: object) => WasmMemory) & { readonly prototype: WasmMemory };
type InstanceClass = new (module: unknown, imports?: Imports) => Instance;
type Instantiate = (
  source: unknown,
  imports?: Imports,
) => Promise<Instance | { readonly instance: Instance }>;

/** What of the WebAssembly namespace makes memories; TypeScript has it with the DOM's typings only. */
interface WebAssemblyNamespace {
  Memory: MemoryClass;
  Instance: InstanceClass;
  instantiate: Instantiate;
  instantiateStreaming: Instantiate;
}

/** What happens to the heaps of this thread. Called within the program's own call. */
export interface HeapListener {
  made(memory: WasmMemory): void;
  grown(memory: WasmMemory): void;
}

const FEW = 3;

/**
 * Every WebAssembly.Memory that this thread makes from now on, by a program's JavaScript or by its module. Memories are not
 * kept alive by this. Growth by an instruction of the module itself is not reported.
 */
export class Heaps {
  listener: HeapListener | undefined;
  readonly #known: WeakRef<WasmMemory>[] = [];
  readonly #seen = new WeakSet<WasmMemory>();

  /** Replaces the constructors of the WebAssembly namespace, so before the program is loaded. */
  static watch(): Heaps {
    const heaps = new Heaps();
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace };
    const { Memory, Instance, instantiate, instantiateStreaming } = WebAssembly;
    const { grow } = Memory.prototype;
    Memory.prototype.grow = function (this: WasmMemory, pages) {
      const before = grow.call(this, pages);
      heaps.listener?.grown(this);
      return before;
    };
    // Only exports are looked at: what is imported was made by the constructor, and reading imports is not without effect
    // (Emscripten's dynamic linker makes an entry for each name that is read).
    const lookAt = (instance: Instance): void => {
      for (const value of Object.values(instance.exports)) if (value instanceof Memory) heaps.#add(value);
    };
    WebAssembly.Memory = new Proxy(Memory, {
      construct: (target, args: [object], newTarget) => {
        const memory = Reflect.construct(target, args, newTarget) as WasmMemory;
        heaps.#add(memory);
        return memory;
      },
    });
    WebAssembly.Instance = new Proxy(Instance, {
      construct: (target, args: [unknown, Imports?], newTarget) => {
        const instance = Reflect.construct(target, args, newTarget) as Instance;
        lookAt(instance);
        return instance;
      },
    });
    const watched =
      (make: Instantiate): Instantiate =>
      async (source, imports) => {
        const made = await make(source, imports);
        lookAt('instance' in made ? made.instance : made);
        return made;
      };
    WebAssembly.instantiate = watched(instantiate);
    WebAssembly.instantiateStreaming = watched(instantiateStreaming);
    return heaps;
  }

  /** Those that are still in use, as far as the garbage collector knows. Where there are many, it is asked (--expose-gc). */
  live(): WasmMemory[] {
    if (this.#known.length > FEW) globalThis.gc?.();
    const live = this.#known.filter((each) => each.deref() !== undefined);
    this.#known.splice(0, this.#known.length, ...live);
    return this.#known.map((each) => each.deref()).filter((memory) => memory !== undefined);
  }

  #add(memory: WasmMemory): void {
    if (this.#seen.has(memory)) return;
    this.#seen.add(memory);
    this.#known.push(new WeakRef(memory));
    this.listener?.made(memory);
  }
}
