import type { CopyMode } from '../../mm/copy-mode.js';
import { type RowSpec, rowSpecs } from '../move/row-spec.js';
import { ROLES, type Role, type StallOptions } from './options.js';

/**
 * The migration during the timed accesses:
 * - `nothing`: there is none.
 * - `elsewhere`: of memory that the program does not touch. The program does not wait for pages.
 * - `migration`: of the memory that the program accesses.
 */
export type Disturbance = 'nothing' | 'elsewhere' | 'migration';

/** A measurement, with a row for each of its roles. */
export interface StallSpec {
  readonly disturbance: Disturbance;
  /** The roles whose threads run. */
  readonly roles: readonly Role[];
  readonly batchBytes: number;
  readonly copyMode: CopyMode;
  /** Bytes of one cutover; null: the ferry's default, or an exclusive migration. */
  readonly cutoverBytes: number | null;
  readonly copy: RowSpec;
}

/** The specs of each folio size, in the order of the table. */
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

/** Each copy mode, and for write-protected each size of a cutover. */
function waysOf(
  { cutovers }: Pick<StallOptions, 'cutovers'>,
  copyModes: readonly CopyMode[],
): Pick<StallSpec, 'copyMode' | 'cutoverBytes'>[] {
  return copyModes.flatMap((copyMode) => {
    const sizes = copyMode === 'write-protected' && cutovers.length > 0 ? cutovers : [null];
    return sizes.map((cutoverBytes) => ({ copyMode, cutoverBytes }));
  });
}

/** The roles that run concurrently: all, or one after the other. */
export function loadsOf({ program, together }: Pick<StallOptions, 'program' | 'together'>): Role[][] {
  const roles = ROLES.filter((role) => program[role] > 0);
  return together ? [roles] : roles.map((role) => [role]);
}
