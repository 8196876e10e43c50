import type { Concurrency } from '../../mm/concurrency.js';
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
  readonly concurrency: Concurrency;
  /** Bytes of a read-through batch that are swapped at once; null: the ferry's default, or none are. */
  readonly swapBytes: number | null;
  readonly copy: RowSpec;
}

/** What is measured of each folio size, in the order of the table. */
export function stallSpecs(options: StallOptions, concurrencies: readonly Concurrency[]): StallSpec[] {
  const { batches, channels, threads } = options;
  const copies = rowSpecs({ migrators: options.migrators, channels, threads, granularities: ['exact'] });
  const largest = batches.at(-1)!;
  const loads = loadsOf(options);
  const ways = waysOf(options, concurrencies);
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

/** How a batch is migrated: each concurrency, read-through with each size of a swap. */
function waysOf(
  { swaps }: Pick<StallOptions, 'swaps'>,
  concurrencies: readonly Concurrency[],
): Pick<StallSpec, 'concurrency' | 'swapBytes'>[] {
  return concurrencies.flatMap((concurrency) => {
    const sizes = concurrency === 'read-through' && swaps.length > 0 ? swaps : [null];
    return sizes.map((swapBytes) => ({ concurrency, swapBytes }));
  });
}

/** Which threads run at once: those of one role after those of the other, or all. */
export function loadsOf({ program, together }: Pick<StallOptions, 'program' | 'together'>): Role[][] {
  const roles = ROLES.filter((role) => program[role] > 0);
  return together ? [roles] : roles.map((role) => [role]);
}
