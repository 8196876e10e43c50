import { TABLE_MODES } from '../linux/tables/table-policy.js';
import type { Setting, Settings } from '../offload/settings.js';
import { ParameterTree } from '../parameters/parameter-tree.js';
import { readInteger, readSwitch, readWord } from '../parameters/parameter-values.js';
import { formatReasonMask, readReasonMask } from '../parameters/reason-mask-text.js';
import type { CountedMigrator, MigratorCounter } from './migrator-counters.js';

/** The migrator that a write to `offloading` registers, with the channels or threads of the current setting. */
export type TunableMigratorOption =
  | { readonly name: 'dcbm'; readonly channels: number }
  | { readonly name: 'mtcopy'; readonly threads: number };

/** The part of a ferry that its parameters use. */
export interface ParameterHost {
  readonly settings: Settings;
  /** Maximum bytes of a batch. */
  readonly batchBytes: number;
  activeMigrator(): string | undefined;
  /** Rejects with MigrationError EBUSY, with its name, if a migrator is registered. */
  registerMigrator(option: TunableMigratorOption): Promise<void>;
  /** Resolves after the grace period. */
  unregisterMigrator(name: CountedMigrator): Promise<void>;
  /** Called after a change of a setting that threads have to follow. */
  changed(setting: Setting): Promise<void>;
  counter(migrator: CountedMigrator, which: MigratorCounter): number;
  resetCounter(migrator: CountedMigrator, which: MigratorCounter): Promise<void>;
}

const DCBM = 'module/dcbm/parameters';
const MTCOPY = 'module/mtcopy/parameters';
const PAGEFERRY = 'module/pageferry/parameters';

/** The parameters of a ferry. docs/parameters.md lists them. */
export function ferryParameters(
  host: ParameterHost,
  onSet?: (path: string, shown: string) => void,
): ParameterTree {
  const tree = new ParameterTree(onSet);
  defineMigrator(tree, host, 'dcbm', DCBM);
  defineInteger(
    tree,
    host,
    `${DCBM}/nr_dma_chan`,
    'nr_dma_chan',
    1,
    16,
    'maximum number of DMA channels of dcbm',
  );
  defineReasonMask(tree, host, `${DCBM}/reason_mask`);
  defineMigrator(tree, host, 'mtcopy', MTCOPY);
  defineInteger(tree, host, `${MTCOPY}/threads`, 'mtcopy_threads', 1, 64, 'copy threads of mtcopy');
  defineCore(tree, host);
  return tree;
}

function defineMigrator(
  tree: ParameterTree,
  host: ParameterHost,
  name: CountedMigrator,
  folder: string,
): void {
  const path = `${folder}/offloading`;
  tree.define(path, {
    description: `1 while ${name} is the migrator that copies batches`,
    show: () => (host.activeMigrator() === name ? '1' : '0'),
    store: async (text) => {
      const enable = readSwitch(path, text);
      if (enable === (host.activeMigrator() === name)) return;
      if (enable) await host.registerMigrator(optionOf(name, host.settings));
      else await host.unregisterMigrator(name);
    },
  });
  defineCounter(tree, host, name, folder, 'folios_migrated', `folios that ${name} copied; any write resets`);
  defineCounter(
    tree,
    host,
    name,
    folder,
    'folios_failures',
    `folios that ${name} received and did not copy; any write resets`,
  );
}

function optionOf(name: CountedMigrator, settings: Settings): TunableMigratorOption {
  return name === 'dcbm'
    ? { name, channels: settings.get('nr_dma_chan') }
    : { name, threads: settings.get('mtcopy_threads') };
}

function defineCounter(
  tree: ParameterTree,
  host: ParameterHost,
  name: CountedMigrator,
  folder: string,
  which: MigratorCounter,
  description: string,
): void {
  tree.define(`${folder}/${which}`, {
    description,
    show: () => String(host.counter(name, which)),
    store: () => host.resetCounter(name, which),
  });
}

/** Parameters of the core. `reason_mask` here and in dcbm's folder is the same setting. */
function defineCore(tree: ParameterTree, host: ParameterHost): void {
  tree.define(`${PAGEFERRY}/active_migrator`, {
    description: 'name of the registered migrator, or none',
    show: () => host.activeMigrator() ?? 'none',
  });
  defineReasonMask(tree, host, `${PAGEFERRY}/reason_mask`);
  const integer = (setting: Setting, min: number, max: number, description: string) =>
    defineInteger(tree, host, `${PAGEFERRY}/${setting}`, setting, min, max, description);
  integer('pipeline_depth', 1, 4, 'maximum number of batches in flight');
  integer('copy_timeout_ms', 1, 600_000, "milliseconds after which a migrator's copy times out");
  integer('max_failures', 1, 1_000_000, 'consecutive failed batches after which a migrator is unregistered');
  integer('cutover_pages', 1, 262_144, 'base pages of a cutover of a write-protected batch');
  defineTables(tree, host);
  const path = `${PAGEFERRY}/verify_copies`;
  tree.define(path, {
    description: '1: each folio that a migrator copied is compared with its source',
    show: () => (host.settings.get('verify_copies') === 0 ? '0' : '1'),
    store: (text) => host.settings.set('verify_copies', readSwitch(path, text) ? 1 : 0),
  });
  tree.define(`${PAGEFERRY}/batch_bytes`, {
    description: 'largest batch, in bytes',
    show: () => String(host.batchBytes),
  });
}

function defineTables(tree: ParameterTree, { settings }: ParameterHost): void {
  const path = `${PAGEFERRY}/page_tables`;
  tree.define(path, {
    description: `whether page tables are moved as a whole: ${TABLE_MODES.join(', ')}`,
    show: () => TABLE_MODES[settings.get('page_tables')]!,
    store: (text) => settings.set('page_tables', TABLE_MODES.indexOf(readWord(path, text, TABLE_MODES))),
  });
}

function defineInteger(
  tree: ParameterTree,
  host: ParameterHost,
  path: string,
  setting: Setting,
  min: number,
  max: number,
  description: string,
): void {
  const { settings } = host;
  tree.define(path, {
    description: `${description}, ${min} to ${max}`,
    show: () => String(settings.get(setting)),
    store: async (text) => {
      settings.set(setting, readInteger(path, text, min, max));
      if (setting === 'mtcopy_threads') await host.changed(setting);
    },
  });
}

function defineReasonMask(tree: ParameterTree, { settings }: ParameterHost, path: string): void {
  tree.define(path, {
    description: 'reasons for which batches are offloaded: all, none, or a comma-separated list of names',
    show: () => formatReasonMask(settings.get('reason_mask')),
    store: (text) => settings.set('reason_mask', readReasonMask(path, text)),
  });
}
