import type { TieredProgram } from './programs/program.js';
import type { TieringSettings } from './tiering.js';
import type { TieredMachine } from './tiers.js';

/** Bytes of the units that policies move. */
export const TIERING_UNIT_BYTES = 2 ** 21;
const HEADROOM_PART = 0.02;
const LENGTH_MS = 60_000;

/** The options of `pageferry sim tiering` for the nodes and the time of a run. The lab has the same. */
export interface TieringOptions {
  /** Size of the fast node, percent of the program's memory. */
  readonly fast: number;
  /** Size of the slow node, percent of the program's memory. */
  readonly slow: number;
  /** Virtual time. Default: 60, or the length of the program. */
  readonly seconds?: number;
  readonly epochMs: number;
  readonly watchMs: number;
  readonly halfLifeMs: number;
  readonly freeCpus: number;
  readonly seed: number;
}

/** The defaults of the command and of the lab. */
export const TIERING_DEFAULTS = {
  profile: 'skylake-cxl',
  memory: 2 ** 32,
  fast: 25,
  slow: 100,
  epochMs: 100,
  watchMs: 1,
  halfLifeMs: 500,
  freeCpus: 0,
  seed: 1,
  setup: { migrator: 'baseline', channels: 1, threads: 4, folio: 4096, batchBytes: 2 ** 21 },
} as const;

/** The settings of a run, all but the costs of migrations. */
export function tieringSettings(
  machine: TieredMachine,
  program: TieredProgram,
  options: TieringOptions,
): Omit<TieringSettings, 'costs'> {
  const { fast, slow, seconds, epochMs, watchMs, halfLifeMs, freeCpus, seed } = options;
  return {
    machine,
    program,
    fastPart: fast / 100,
    slowPart: slow / 100,
    headroomPart: HEADROOM_PART,
    lengthMs: seconds === undefined ? (program.lengthMs ?? LENGTH_MS) : 1000 * seconds,
    epochMs,
    watchMs,
    halfLifeMs,
    freeCpus,
    seed,
  };
}
