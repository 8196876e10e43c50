import type { Ferry } from '../../ferry/ferry.js';
import type { MigratorOption } from '../../ferry/migrator-options.js';
import { type Device, type GapMode, type MoveMigrator, type MoveOptions, OFFLOADING } from './options.js';

/** How a row moves pages. */
export interface RowSpec {
  readonly migrator: MoveMigrator;
  /** DMA channels of dcbm; 1 for the others. */
  readonly channels: number;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  readonly gaps: GapMode;
}

/** The rows of each cell, in the order of the options. */
export function rowSpecs({
  migrators,
  channels,
  threads,
  gapModes,
}: Pick<MoveOptions, 'migrators' | 'channels' | 'threads' | 'gapModes'>): RowSpec[] {
  return gapModes.flatMap((gaps) =>
    migrators.flatMap((migrator): RowSpec[] => {
      const plain = { migrator, channels: 1, threads: 1, gaps };
      if (migrator === 'dcbm') return channels.map((count) => ({ ...plain, channels: count }));
      if (migrator === 'mtcopy') return threads.map((count) => ({ ...plain, threads: count }));
      return [plain];
    }),
  );
}

/** The label of a row: `baseline`, `mtcopy ×2`, `dcbm ×4`. */
export function rowLabel({ migrator, channels, threads }: Omit<RowSpec, 'gaps'>): string {
  if (migrator === 'dcbm') return `dcbm ×${channels}`;
  return migrator === 'mtcopy' ? `mtcopy ×${threads}` : migrator;
}

/** The migrator to register for a row; undefined: none. */
export function migratorOption(spec: RowSpec, device: Device): InnerOption | undefined {
  const { migrator, channels, threads } = spec;
  if (!OFFLOADING.has(migrator)) return undefined;
  if (migrator === 'dcbm') return { name: 'dcbm', channels, device };
  return migrator === 'mtcopy' ? { name: 'mtcopy', threads } : { name: 'cpu' };
}

/** The same, with the faults to inject. */
export function injectedOption(
  spec: RowSpec,
  { device, inject }: Pick<MoveOptions, 'device' | 'inject'>,
): MigratorOption | undefined {
  const inner = migratorOption(spec, device);
  return inner === undefined || inject === undefined ? inner : { name: 'error', inner, ...inject };
}

type InnerOption = Extract<MigratorOption, { name: 'cpu' | 'mtcopy' | 'dcbm' }>;

/** Does something while a migrator is registered; with undefined, while none is. */
export async function withMigrator<T>(
  ferry: Ferry,
  option: MigratorOption | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (option === undefined) return work();
  const name = await ferry.registerMigrator(option);
  try {
    return await work();
  } finally {
    if (ferry.activeMigrator === name) await ferry.unregisterMigrator(name);
  }
}
