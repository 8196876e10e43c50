import assert from 'node:assert/strict';
import type { Ferry, MigrateOptions, MigrateResult, Region } from '../../../src/index.js';
import { fill } from './content.js';
import { HUGE, MIB, withFerry } from './fixture.js';
import { PageTables } from './pages.js';

export const PAGE_TABLES = 'module/pageferry/parameters/page_tables';
export const COPY_MODES = ['exclusive', 'write-protected'] as const;
/** More than malloc keeps when it is freed: no huge page of an earlier buffer, and none of its advice. */
const BYTES = 34 * MIB;

/** A buffer that has at least nine whole page tables, and a ferry that has adopted it. */
export interface TableWorld {
  readonly ferry: Ferry;
  readonly region: Region<SharedArrayBuffer>;
  readonly buffer: SharedArrayBuffer;
  readonly tables: PageTables;
  /** Address of whole page table `index`, and its offset in the buffer. */
  at(index: number): number;
  offsetOf(index: number): number;
  /** Migrates all, or a part. Returns the result, and how many page tables were moved. */
  migrate(options: MigrateOptions): Promise<readonly [result: MigrateResult, tables: number]>;
}

/** @param prepare what is done to the buffer, filled by `fill`, before it is adopted. */
export async function withTables(
  prepare: (world: Pick<TableWorld, 'buffer' | 'at' | 'offsetOf'>) => void,
  use: (world: TableWorld) => Promise<void>,
): Promise<void> {
  const tables = new PageTables();
  const buffer = new SharedArrayBuffer(BYTES);
  const start = tables.addressOf(buffer);
  const first = Math.ceil(start / HUGE) * HUGE;
  const at = (index: number): number => {
    assert.ok(first + (index + 1) * HUGE <= start + BYTES);
    return first + index * HUGE;
  };
  const offsetOf = (index: number): number => at(index) - start;
  fill(buffer);
  prepare({ buffer, at, offsetOf });
  try {
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(buffer);
      const migrate = async (options: MigrateOptions): Promise<readonly [MigrateResult, number]> => {
        const before = ferry.stats().tables_moved;
        const result = await region.migrate(options);
        return [result, ferry.stats().tables_moved - before];
      };
      await use({ ferry, region, buffer, tables, at, offsetOf, migrate });
    });
  } finally {
    tables.close();
  }
}
