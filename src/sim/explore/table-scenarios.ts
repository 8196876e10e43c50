import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import type { TableFigures } from '../profile/hardware-profile.js';
import { oneLate, pagesOf, type Scenario, scenarios } from './scenario.js';

/** Folios of 256 KiB: eight are a page table. */
const ORDER = 6;
const TABLE_PAGES = 512;
/** The results do not depend on the figures. */
const TABLES: TableFigures = { supported: 1, leaveNs: 5000, arriveNs: 7000, callNs: 4000 };

/** A batch is cut over as a whole, or else two folios at a time. */
const CUT_OVER: { readonly writeProtected: WriteProtectOptions } = {
  writeProtected: { piecePages: () => 2 << ORDER, compare: () => true },
};

export const TABLE_SCENARIOS: readonly Scenario[] = scenarios([
  {
    name: 'tables',
    description: 'page tables are moved as a whole, copied by dcbm, under a writer and a reader',
    tables: TABLES,
    fill(stage) {
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, ORDER, { batchPages: TABLE_PAGES }));
      stage.task('writer', program.writer(pagesOf(program, 200), 2));
      stage.task('reader', program.reader(pagesOf(program, 300), 2));
    },
  },
  {
    name: 'tables-pins',
    description: 'two page tables are moved by one call, while a device writes to pages that it has pinned',
    tables: TABLES,
    fill(stage) {
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.task('migration', stage.migration(program, ORDER, { batchPages: 2 * TABLE_PAGES }));
      stage.task('device', program.device([70, 600], 2));
      stage.task('writer', program.writer([70, 520, 1000], 1));
    },
  },
  {
    name: 'tables-write-protected',
    description: 'page tables are cut over as a whole, while their readers continue',
    tables: TABLES,
    fill(stage) {
      const program = stage.program(2 * TABLE_PAGES, ORDER);
      stage.register({ name: 'dcbm', channels: 2 });
      const request = { batchPages: TABLE_PAGES, ...CUT_OVER };
      stage.task('migration', stage.migration(program, ORDER, request));
      stage.task('device', program.device([70], 1));
      stage.task('writer', program.writer([70, 300, 520], 2));
      stage.task('reader', program.reader(pagesOf(program, 300), 2));
    },
  },
  {
    name: 'tables-late',
    description: 'page tables are moved, a descriptor completes after its timeout, and pages are given back',
    healthy: false,
    tables: TABLES,
    fate: oneLate(7),
    fill(stage) {
      const program = stage.program(TABLE_PAGES, ORDER);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, ORDER, { batchPages: TABLE_PAGES }));
      stage.task('dropper', program.dropper([100]));
      stage.task('writer', program.writer([5, 200, 450], 2));
      stage.task('reader', program.reader([5, 300], 2));
    },
  },
]);
