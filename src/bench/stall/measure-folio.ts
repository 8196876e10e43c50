import { setTimeout } from 'node:timers/promises';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import { AlignedMemory } from '../harness/aligned-memory.js';
import { fillCounters } from '../harness/counters.js';
import { POOL_SLACK } from '../harness/host.js';
import { migratorOption, withMigrator } from '../move/row-spec.js';
import { tune } from '../move/tune.js';
import { turns } from '../move/turns.js';
import { ROLES, type StallOptions } from './options.js';
import { ProgramLoad } from './program-load.js';
import type { RoleClock } from './report.js';
import { type ShuttleRun, shuttle } from './shuttle.js';
import { type SpecRuns, type StallFigures, type StallRun, stallFigures } from './stall-figures.js';
import { type StallSpec, stallSpecs } from './stall-spec.js';
import { UpdateBooks } from './update-books.js';

/** Length of the unmeasured first run of each row, in which code is compiled and threads start. */
const WARM_SECONDS = 0.2;
const CUTOVER_PAGES = 'module/pageferry/parameters/cutover_pages';

export interface FolioFigures extends StallFigures {
  /** Copy modes that this host does not support. */
  readonly left: readonly CopyMode[];
  /** Maximum batches in flight. */
  readonly depth: number;
  readonly clocks: readonly RoleClock[];
}

/**
 * Measures every row of one folio size. `onRun` is called after each run. The warm-up of a row counts as one.
 * @throws MigrationError EOPNOTSUPP when the user named a copy mode that this host does not support.
 */
export async function measureFolio(
  options: StallOptions,
  folioSize: number,
  bytes: number,
  onRun: () => void,
): Promise<FolioFigures> {
  const largest = options.batches.at(-1)!;
  const ferry = await openFerry({ batchBytes: largest, poolBytes: bytes + POOL_SLACK });
  const memories: AlignedMemory[] = [];
  let load: ProgramLoad | undefined;
  try {
    const copyModes = copyModesOf(ferry, options);
    const depth = await tune(ferry, options);
    const [own, other] = [countersOn(ferry, bytes, folioSize), countersOn(ferry, bytes, folioSize)];
    memories.push(own, other);
    await ferry.prefill({ node: ferry.nodeIds[1]!, bytes: bytes + PMD_SIZE, folioSize });
    const { program } = options;
    load = await ProgramLoad.start(own.words, program, options.seed);
    const measure = stallMeasure(options, ferry, own, other, load);

    const specs = stallSpecs(options, copyModes);
    const runs = new Map<StallSpec, StallRun[]>(specs.map((spec) => [spec, []]));
    for (const spec of specs) {
      await measure(spec, Math.min(WARM_SECONDS, options.seconds));
      onRun();
    }
    for (const { row: spec } of turns(specs, options.runs)) {
      runs.get(spec)!.push(await measure(spec, options.seconds));
      onRun();
    }
    const measured: SpecRuns[] = specs.map((spec) => ({ spec, runs: runs.get(spec)! }));
    const roles = ROLES.filter((role) => program[role] > 0);
    const clocks = roles.map((role) => ({ role, ...load!.clockCost(role) }));
    const left = options.copyModes.filter((name) => !copyModes.includes(name));
    return { ...stallFigures(folioSize, measured), left, depth, clocks };
  } finally {
    // Pages first: a thread that waits for a page cannot be ended.
    await ferry.close();
    await load?.close();
    for (const memory of memories) memory.discard();
  }
}

/** The copy modes that this host supports. */
function copyModesOf(ferry: Ferry, { copyModes, copyModeDefaulted }: StallOptions): readonly CopyMode[] {
  if (ferry.capabilities.writeProtection || !copyModes.includes('write-protected')) return copyModes;
  if (copyModeDefaulted) return copyModes.filter((name) => name !== 'write-protected');
  throw new MigrationError(
    'EOPNOTSUPP',
    '--copy-mode: write-protected is not supported by the userfaultfd of this host',
    {
      operation: 'bench stall',
      argument: '--copy-mode',
      advice: 'Leave write-protected out of --copy-mode.',
    },
  );
}

function countersOn(ferry: Ferry, bytes: number, folioSize: number): AlignedMemory {
  const memory = new AlignedMemory(ferry, bytes, folioSize, ferry.nodeIds[0]!);
  fillCounters(memory.words);
  return memory;
}

/** Runs a spec for `seconds`, then counts whether every update is there. */
function stallMeasure(
  options: StallOptions,
  ferry: Ferry,
  own: AlignedMemory,
  other: AlignedMemory,
  load: ProgramLoad,
): (spec: StallSpec, seconds: number) => Promise<StallRun> {
  const books = new UpdateBooks(own.words);
  return async (spec, seconds) => {
    let migration: ShuttleRun | undefined;
    if (spec.cutoverBytes !== null) await ferry.parameters.set(CUTOVER_PAGES, spec.cutoverBytes / PAGE_SIZE);
    const roles = await withMigrator(ferry, migratorOption(spec.copy, options.device), () =>
      load.run(spec.roles, async () => {
        if (spec.disturbance === 'nothing') await setTimeout(seconds * 1000);
        else migration = await shuttle(ferry, spec.disturbance === 'elsewhere' ? other : own, spec, seconds);
      }),
    );
    const updates = roles.find(({ role }) => role === 'writer')?.accesses ?? 0;
    return { roles, migration, updatesLost: books.lostOf(updates) };
  };
}
