import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigratorOption } from '../../ferry/migrator-options.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { POOL_SLACK } from '../harness/host.js';
import { PatternedMemory } from '../move/patterned-memory.js';
import { withMigrator } from '../move/row-spec.js';
import { batchesOf, type CalibrationRow, type MoveTimes } from './move-sample.js';

/** Batches in which code is compiled and pools are filled. */
const WARM_BATCHES = 500;
/** Limits the warm-up of short migrations. */
const WARM_TRIPS = 8;
/** A short migration is repeated, up to this many times there and back, or until TRIP_BYTES were moved. */
const MAX_TRIPS = 4;
const TRIP_BYTES = 16 * 2 ** 20;
const SEED = 1;
const PAGE_TABLES = 'module/pageferry/parameters/page_tables';

/** A ferry with a patterned buffer of one folio size, which migrates back and forth. */
export class CalibrationMoves {
  readonly rows: readonly CalibrationRow[];
  readonly #ferry: Ferry;
  readonly #memory: PatternedMemory;
  #there = false;

  private constructor(ferry: Ferry, memory: PatternedMemory, rows: readonly CalibrationRow[]) {
    this.#ferry = ferry;
    this.#memory = memory;
    this.rows = rows;
  }

  /**
   * For rows of one folio size. Page tables are moved as a whole only where that is measured.
   * @throws MigrationError when this host cannot migrate real memory.
   */
  static async open(
    rows: readonly CalibrationRow[],
    pageTables: 'never' | 'always' = 'never',
  ): Promise<CalibrationMoves> {
    const bytes = Math.max(...rows.map((row) => row.bytes));
    const folioSize = rows[0]!.folioPages * PAGE_SIZE;
    const ferry = await openFerry({ poolBytes: bytes + POOL_SLACK });
    try {
      await ferry.parameters.set(PAGE_TABLES, pageTables);
      const [here, there] = ferry.nodeIds as [number, number];
      const memory = new PatternedMemory(ferry, bytes, folioSize, here, SEED);
      await ferry.prefill({ node: there, bytes: bytes + PMD_SIZE, folioSize });
      return new CalibrationMoves(ferry, memory, rows);
    } catch (error) {
      await ferry.close();
      throw error;
    }
  }

  async warmUp(row: CalibrationRow): Promise<void> {
    await this.#with(row, async () => {
      const trips = Math.min(WARM_TRIPS, Math.ceil(WARM_BATCHES / batchesOf(row) / 2));
      for (let trip = 0; trip < 2 * trips; trip++) await this.#move(row);
    });
  }

  /** Migrates there and back, untimed. Threads that have slept are slow at first. */
  async wakeUp(): Promise<void> {
    const row = this.rows[0]!;
    for (let trip = 0; trip < 2; trip++) await this.#move(row);
  }

  /**
   * Times of one migration there and one back, or of several if they are short. Before each the memory is accessed, as a
   * program does. Memory that no other thread uses would move faster than in practice.
   */
  async measure(row: CalibrationRow): Promise<MoveTimes[]> {
    const trips = Math.min(MAX_TRIPS, Math.ceil(TRIP_BYTES / row.bytes));
    const times: MoveTimes[] = [];
    await this.#with(row, async () => {
      for (let trip = 0; trip < 2 * trips; trip++) {
        this.#memory.touch(row.bytes);
        times.push(await this.#move(row));
      }
    });
    return times;
  }

  /** Counts of page tables and single pages that have moved so far. */
  async counts(): Promise<{ readonly tablesMoved: number; readonly pagesMovedSingly: number }> {
    const { tables_moved: tablesMoved, pages_moved_singly: pagesMovedSingly } = this.#ferry.stats();
    return { tablesMoved, pagesMovedSingly };
  }

  /** @throws MigrationError EIO when the content has changed. */
  verify(): void {
    if (this.#memory.verify()) return;
    throw new MigrationError('EIO', 'the content of memory changed when it was moved', {
      operation: 'calibrate',
    });
  }

  async close(): Promise<void> {
    await this.#ferry.close();
    this.#memory.discard();
  }

  #with(row: CalibrationRow, work: () => Promise<void>): Promise<void> {
    return withMigrator(this.#ferry, optionOf(row), work);
  }

  async #move({ bytes, batchPages }: CalibrationRow): Promise<MoveTimes> {
    const { offset } = this.#memory.ranges[0]!;
    const to = this.#ferry.nodeIds[this.#there ? 0 : 1]!;
    const options = { to, offset, length: bytes, batchBytes: batchPages * PAGE_SIZE };
    const { durationNs, phases, foliosFailed } = await this.#memory.region.migrate(options);
    if (foliosFailed > 0) {
      throw new MigrationError('EBUSY', `${foliosFailed} folios failed to move`, {
        operation: 'calibrate',
        advice: 'Try again.',
      });
    }
    this.#there = !this.#there;
    const { unmapNs, copyNs, mapNs, destinationNs } = phases;
    return { durationNs, unmapNs: unmapNs + destinationNs, copyNs, mapNs };
  }
}

function optionOf({ migrator, copiers }: CalibrationRow): MigratorOption | undefined {
  if (migrator === 'baseline') return undefined;
  return migrator === 'dcbm' ? { name: 'dcbm', channels: copiers } : { name: 'mtcopy', threads: copiers };
}
