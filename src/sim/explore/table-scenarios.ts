import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import type { TableFigures } from '../profile/hardware-profile.js';
import { LATE_NS, pagesOf, type Scenario, Stage, type StageOptions } from './scenario.js';

/** Folios of 256 KiB: eight are a page table. */
const ORDER = 6;
const TABLE_PAGES = 512;
/** Any will do: what is looked for does not depend on them. */
const TABLES: TableFigures = { supported: 1, leaveNs: 5000, arriveNs: 7000, callNs: 4000 };

/** A batch that is cut over as one; where it cannot be, two folios at a time. */
const CUT_OVER: { readonly writeProtected: WriteProtectOptions } = {
  writeProtected: { piecePages: () => 2 << ORDER, compare: () => true },
};

/** A stage on a machine that moves page tables, whatever the profile says. */
function tableStage(options: StageOptions): Stage {
  return new Stage({ ...options, profile: { ...options.profile, tables: TABLES } });
}

export const TABLE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'tables',
    description: 'page tables are moved as a whole, copied by dcbm, under a writer and a reader',
    healthy: true,
    build(options) {
      const stage = tableStage(options);
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.sim.registry.register(stage.migrator({ name: 'dcbm', channels: 2 }));
      stage.task('migration', stage.migration(program, ORDER, { batchPages: TABLE_PAGES }));
      stage.task('writer', program.writer(pagesOf(program, 200), 2));
      stage.task('reader', program.reader(pagesOf(program, 300), 2));
      return stage;
    },
  },
  {
    name: 'tables-pins',
    description: 'two page tables are moved by one call, while a device writes to pages that it has pinned',
    healthy: true,
    build(options) {
      const stage = tableStage(options);
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.task('migration', stage.migration(program, ORDER, { batchPages: 2 * TABLE_PAGES }));
      stage.task('device', program.device([70, 600], 2));
      stage.task('writer', program.writer([70, 520, 1000], 1));
      return stage;
    },
  },
  {
    name: 'tables-write-protected',
    description: 'page tables are cut over as a whole, while their readers continue',
    healthy: true,
    build(options) {
      const stage = tableStage(options);
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.sim.registry.register(stage.migrator({ name: 'dcbm', channels: 2 }));
      const request = { batchPages: TABLE_PAGES, ...CUT_OVER };
      stage.task('migration', stage.migration(program, ORDER, request));
      stage.task('device', program.device([70], 1));
      stage.task('writer', program.writer([70, 300, 520], 2));
      stage.task('reader', program.reader(pagesOf(program, 300), 2));
      return stage;
    },
  },
  {
    name: 'tables-late',
    description: 'page tables are moved, a descriptor completes after its timeout, and pages are given back',
    healthy: false,
    build(options) {
      let descriptors = 0;
      const late = options.seed % 7;
      const stage = tableStage({
        ...options,
        fate: () => (descriptors++ === late ? { delayNs: LATE_NS } : undefined),
      });
      const program = stage.program(TABLE_PAGES, ORDER);
      stage.sim.registry.register(stage.migrator({ name: 'dcbm', channels: 2 }));
      stage.task('migration', stage.migration(program, ORDER, { batchPages: TABLE_PAGES }));
      stage.task('dropper', program.dropper([100]));
      stage.task('writer', program.writer([5, 200, 450], 2));
      stage.task('reader', program.reader([5, 300], 2));
      return stage;
    },
  },
];
