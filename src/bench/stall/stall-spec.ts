import type { CopyMode } from '../../mm/copy-mode.js';
import { type RowSpec, rowSpecs } from '../move/row-spec.js';
import { ROLES, type Role, type StallOptions } from './options.js';

/**
 * What goes on while accesses are timed:
 * - `nothing`: the program runs alone.
 * - `elsewhere`: other memory is migrated, which the program never touches. What it waits now is not for pages.
 * - `migration`: the memory that it accesses is migrated.
 */
export type Disturbance = 'nothing' | 'elsewhere' | 'migration';

/** Something that is measured: a row for each of its roles. */
export interface StallSpec {
  readonly disturbance: Disturbance;
  /** Whose threads run. */
  readonly roles: readonly Role[];
  readonly batchBytes: number;
  readonly copyMode: CopyMode;
  /** Bytes of a write-protected batch that are cut over at once; null: the ferry's default, or none are. */
  readonly cutoverBytes: number | null;
  readonly copy: RowSpec;
}

/** What is measured of each folio size, in the order of the table. */
export function stallSpecs(options: StallOptions, copyModes: readonly CopyMode[]): StallSpec[] {
  const { batches, channels, threads } = options;
  const copies = rowSpecs({ migrators: options.migrators, channels, threads, gapModes: ['skip'] });
  const largest = batches.at(-1)!;
  const loads = loadsOf(options);
  const ways = waysOf(options, copyModes);
  const plain = { batchBytes: largest, ...ways[0]! };
  const migrations = batches.flatMap((batchBytes) =>
    copies.flatMap((copy) => ways.map((way) => ({ batchBytes, ...way, copy }))),
  );
  return [
    ...loads.map((roles) => ({ disturbance: 'nothing' as const, roles, ...plain, copy: copies[0]! })),
    ...copies.flatMap((copy) =>
      loads.map((roles) => ({ disturbance: 'elsewhere' as const, roles, ...plain, copy })),
    ),
    ...migrations.flatMap((each) =>
      loads.map((roles) => ({ disturbance: 'migration' as const, roles, ...each })),
    ),
  ];
}

/** How a batch is migrated: each copy mode, write-protected with each size of a cutover. */
function waysOf(
  { cutovers }: Pick<StallOptions, 'cutovers'>,
  copyModes: readonly CopyMode[],
): Pick<StallSpec, 'copyMode' | 'cutoverBytes'>[] {
  return copyModes.flatMap((copyMode) => {
    const sizes = copyMode === 'write-protected' && cutovers.length > 0 ? cutovers : [null];
    return sizes.map((cutoverBytes) => ({ copyMode, cutoverBytes }));
  });
}

/** Which threads run at once: those of one role after those of the other, or all. */
export function loadsOf({ program, together }: Pick<StallOptions, 'program' | 'together'>): Role[][] {
  const roles = ROLES.filter((role) => program[role] > 0);
  return together ? [roles] : roles.map((role) => [role]);
}
