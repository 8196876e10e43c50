import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import { MovePagesCall } from '../../linux/sys/move-pages.js';
import type { Host } from '../harness/host.js';
import type { Cell } from './cells.js';
import type { Mover, Run } from './mover.js';
import type { PatternedMemory } from './patterned-memory.js';

/** The reason for which this host cannot have a `kernel` row. Undefined if it can. */
export function noKernelRow({ nodes }: Pick<Host, 'nodes'>): string | undefined {
  if (!nodes.some(({ emulated }) => emulated)) return undefined;
  return 'move_pages(2) needs two NUMA nodes, and this host has one';
}

/**
 * Moves folios by the kernel's own move_pages(2). Each system call moves the folios of one call of the other rows. The
 * time is that of the system calls, without making their lists.
 */
class KernelMover {
  readonly #ferry: Ferry;
  readonly #memory: PatternedMemory;
  readonly #calls: readonly Float64Array[];
  readonly #folioSize: number;

  /** `calls`: the offsets in the region of the folios that each call moves. */
  constructor(ferry: Ferry, memory: PatternedMemory, calls: readonly Float64Array[], folioSize: number) {
    this.#ferry = ferry;
    this.#memory = memory;
    this.#calls = calls;
    this.#folioSize = folioSize;
  }

  /** @throws MigrationError when the kernel refuses a whole call. */
  move(to: number): Run {
    const target = this.#ferry.nodes.find(({ id }) => id === to)!.numaNode;
    const folioSize = this.#folioSize;
    const calls = this.#calls.map((offsets) => ({ offsets, ...this.#prepare(offsets) }));
    for (const { call } of calls) call.target(target);
    const started = performance.now();
    const left = calls.map(({ call }) => call.run());
    const durationNs = (performance.now() - started) * 1e6;
    const error = left.find((result) => result < 0);
    if (error !== undefined) {
      throw new MigrationError(-error, 'move_pages(2) failed', {
        operation: 'bench move',
        advice: 'A sandbox can forbid it. Leave the row kernel out of --migrator.',
      });
    }
    let foliosMoved = 0;
    for (const { call, first } of calls) {
      const { status } = call;
      for (let i = 0; i + 1 < first.length; i++) {
        const pages = status.subarray(first[i], first[i + 1]);
        if (pages.every((node) => node === target)) foliosMoved++;
      }
    }
    const folios = this.#calls.reduce((sum, { length }) => sum + length, 0);
    return {
      bytesMoved: foliosMoved * folioSize,
      durationNs,
      foliosMoved,
      foliosFailed: folios - foliosMoved,
    };
  }

  /** A call for these folios, and the index in its list at which each begins; the last one is the end. */
  #prepare(offsets: Float64Array): { call: MovePagesCall; first: Uint32Array } {
    const addresses: number[] = [];
    const first = new Uint32Array(offsets.length + 1);
    const huge = this.#folioSize === PMD_SIZE ? this.#memory.hugeAddresses() : undefined;
    for (const [i, offset] of offsets.entries()) {
      const address = this.#memory.addressOf(offset);
      // A huge page moves whole. Its other parts in the list would be busy.
      const bytes = huge?.has(address) === true ? PAGE_SIZE : this.#folioSize;
      for (let done = 0; done < bytes; done += PAGE_SIZE) addresses.push(address + done);
      first[i + 1] = addresses.length;
    }
    return { call: new MovePagesCall(addresses), first };
  }
}

/**
 * The mover of the other rows, and the kernel's for the row `kernel`. After the kernel's run, the kernel moves the folios
 * back and the pipeline moves them again. Otherwise the pages that the next row needs would be in the wrong pool.
 */
export function withKernel(ferry: Ferry, memory: PatternedMemory, mover: Mover, { folioSize }: Cell): Mover {
  let made: KernelMover | undefined;
  const kernel = (to: number) => {
    made ??= new KernelMover(ferry, memory, mover.calls(), folioSize);
    return made.move(to);
  };
  const [here, there] = ferry.nodeIds as [number, number];
  return {
    ...mover,
    move: async (to, spec) =>
      spec.migrator === 'kernel' ? kernel(mover.restores ? there : to) : mover.move(to, spec),
    async afterRun(to, spec) {
      if (spec.migrator !== 'kernel' || mover.restores) return;
      kernel(to === here ? there : here);
      await mover.move(to, { ...spec, migrator: 'baseline' });
    },
  };
}
