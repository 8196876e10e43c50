import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { CalibrationMoves } from './measure-moves.js';
import { type CalibrationRow, type MoveSample, type MoveTimes, sampleOf } from './move-sample.js';

/** Base pages of a batch: one page table, and eight. The difference separates the cost of a call from that of a table. */
const BATCHES = [PMD_PAGES, 8 * PMD_PAGES];

/** Migrations of 4K folios by whole page tables. */
export class CalibrationTables {
  readonly #moves: CalibrationMoves;
  readonly #times: Map<CalibrationRow, MoveTimes[]>;
  #allTables = true;

  private constructor(moves: CalibrationMoves) {
    this.#moves = moves;
    this.#times = new Map(moves.rows.map((row) => [row, []]));
  }

  /** @throws MigrationError when this host cannot migrate real memory. */
  static async open(bytes: number): Promise<CalibrationTables> {
    return new CalibrationTables(await CalibrationMoves.open(tableRows(bytes), 'always'));
  }

  async warmUp(): Promise<void> {
    for (const row of this.#moves.rows) await this.#moves.warmUp(row);
  }

  async measure(): Promise<void> {
    await this.#moves.wakeUp();
    for (const [row, times] of this.#times) {
      const before = await this.#moves.counts();
      times.push(...(await this.#moves.measure(row)));
      const after = await this.#moves.counts();
      const tables = (after.tablesMoved - before.tablesMoved) * (PMD_SIZE / PAGE_SIZE);
      if (tables <= after.pagesMovedSingly - before.pagesMovedSingly) this.#allTables = false;
    }
  }

  /** Medians of all rounds; empty where this host moves most pages one by one. */
  samples(): MoveSample[] {
    return this.#allTables ? [...this.#times].map(([row, times]) => sampleOf(row, times)) : [];
  }

  verify(): void {
    this.#moves.verify();
  }

  close(): Promise<void> {
    return this.#moves.close();
  }
}

/** The rows. @param bytes Of a migration, a multiple of 2 MiB. */
export function tableRows(bytes: number): CalibrationRow[] {
  return BATCHES.map((batchPages) => ({
    migrator: 'baseline',
    copiers: 1,
    folioPages: 1,
    batchPages,
    bytes,
  }));
}
