import { PAGE_SIZE } from '../../common/page.js';
import { runMove } from '../experiments/move.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { withFigures } from '../profile/with-figures.js';
import type { TieredMachine } from './tiers.js';

/** The migrators of tiering. `baseline` has none: the migrating thread copies. */
export const TIERING_MIGRATORS = ['baseline', 'mtcopy', 'dcbm'] as const;

/** A migrator of {@link TIERING_MIGRATORS}. */
export type TieringMigrator = (typeof TIERING_MIGRATORS)[number];

/** How a policy's moves are migrated. */
export interface MigrationSetup {
  readonly migrator: TieringMigrator;
  /** DMA channels of `dcbm`. */
  readonly channels: number;
  /** Threads of `mtcopy`, the migrating one included. */
  readonly threads: number;
  /** Bytes of a folio. */
  readonly folio: number;
  /** Bytes that are unmapped at once. */
  readonly batchBytes: number;
}

/** The cost of one call that migrates a list. */
export interface CallCost {
  /** Nanoseconds from the beginning to the end. */
  readonly wallNs: number;
  /** CPU time of the migrating thread and its helpers. */
  readonly cpuNs: number;
  /** Nanoseconds for which a page of a batch is unmapped, as the mean of the batches. */
  readonly outNs: number;
}

/** The copy rate at which a copy takes no time. */
const FREE_GBPS = 1e6;

/** The largest call that is simulated. The time of larger ones is extrapolated. */
const LARGEST_CALL = 2 ** 27;

/**
 * The costs of migrating lists of any size, from the migration simulator: the real pipeline and migrators move as many
 * pages on a simulated machine. Sizes are powers of two of the smallest one, and lines between them.
 */
export class MigrationCosts {
  readonly #profile: HardwareProfile;
  readonly #setup: MigrationSetup;
  readonly #seed: number;
  readonly #known = new Map<number, CallCost>();
  #copyless: MigrationCosts | undefined;
  readonly #largest: number;

  readonly #machine: TieredMachine;

  constructor(
    machine: TieredMachine,
    profile: HardwareProfile,
    setup: MigrationSetup,
    seed: number,
    maxGBps = limitOf(machine),
  ) {
    const copyGBps = Math.min(profile.memory.copyGBps, maxGBps);
    this.#profile = withFigures(profile, { 'memory.copyGBps': copyGBps });
    this.#machine = machine;
    this.#setup = setup;
    this.#seed = seed;
    this.#largest = Math.max(LARGEST_CALL, 2 * setup.batchBytes);
  }

  /** Threads that work while a batch is migrated. */
  get threads(): number {
    return this.#setup.migrator === 'mtcopy' ? this.#setup.threads : 1;
  }

  /** The costs of moves that need no copy. The migrating thread still unmaps and maps each folio. */
  get copyless(): MigrationCosts {
    if (this.#copyless === undefined) {
      const profile = withFigures(this.#profile, {
        'cpu.copyGBps': FREE_GBPS,
        'memory.copyGBps': FREE_GBPS,
        'cpu.coldNsPerMiB': 0,
      });
      const setup = { ...this.#setup, migrator: 'baseline' } as const;
      this.#copyless = new MigrationCosts(this.#machine, profile, setup, this.#seed, FREE_GBPS);
    }
    return this.#copyless;
  }

  /** Bytes of a folio. */
  get folio(): number {
    return this.#setup.folio;
  }

  /** Time of a fault by which a write to a folio drops its shadow: the folio is looked up, and its entry is changed. */
  get faultNs(): number {
    const { folioNs, pageNs, flushNs } = this.#profile.cpu;
    return folioNs + pageNs / 2 + flushNs;
  }

  /** Bytes that are unmapped at once: at least a folio. */
  get batchBytes(): number {
    return Math.max(this.#setup.batchBytes, this.#setup.folio);
  }

  of(bytes: number): CallCost {
    const { folio } = this.#setup;
    if (bytes <= folio) return this.#simulated(folio);
    const below = Math.min(folio * 2 ** Math.floor(Math.log2(bytes / folio)), this.#largest / 2);
    const low = this.#simulated(below);
    if (below === bytes) return low;
    const high = this.#simulated(2 * below);
    const part = bytes / below - 1;
    const between = (a: number, b: number): number => a + part * (b - a);
    return {
      wallNs: between(low.wallNs, high.wallNs),
      cpuNs: between(low.cpuNs, high.cpuNs),
      outNs: between(low.outNs, high.outNs),
    };
  }

  #simulated(bytes: number): CallCost {
    const known = this.#known.get(bytes);
    if (known !== undefined) return known;
    const { migrator, channels, threads, folio } = this.#setup;
    const { cpu } = this.#profile;
    const moved = runMove(
      {
        folio,
        folios: bytes / folio,
        migrator,
        ...(migrator === 'dcbm' ? { channels } : {}),
        ...(migrator === 'mtcopy' ? { threads } : {}),
      },
      {
        profile: this.#profile,
        seed: this.#seed,
        words: 1,
        batchPages: this.batchBytes / PAGE_SIZE,
      },
    );
    if (moved.wrongPages > 0) throw new Error(`${moved.wrongPages} pages are lost or misplaced`);
    // The simulation counts the CPU of the migrating thread. Helpers copy all but its share.
    const helpers = migrator === 'mtcopy' ? ((threads - 1) / threads) * (bytes / cpu.copyGBps) : 0;
    // Batches come one after the other. The first ones take longer, because a migration starts cold.
    const mean = moved.ns / Math.ceil(bytes / this.batchBytes);
    const outNs = Math.min(moved.readerWaitNs, mean);
    const cost = { wallNs: moved.ns, cpuNs: moved.sysNs + helpers, outNs };
    this.#known.set(bytes, cost);
    return cost;
  }
}

/** A copy is read from one node and written to the other, so the slower one limits it. */
function limitOf({ nodes }: TieredMachine): number {
  return Math.min(...nodes.map(({ curve }) => curve.maxGBps));
}
