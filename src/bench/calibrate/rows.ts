import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { threadCounts } from '../harness/native-limit.js';
import type { CalibrationRow } from './move-sample.js';

/** Base pages of the folios that are measured: 4K, 16K, 64K, 256K, 1M, 2M. */
const FOLIO_PAGES = [1, 4, 16, 64, 256, PMD_PAGES];
/** More channels show nothing new, and cost a thread for each folio size. */
const MAX_CHANNELS = 16;
const MAX_THREADS = 8;
/** Base pages of the smaller batches. They separate the cost of a batch from that of its folios. */
const SMALL_BATCHES = [1, 64];
/** Batch of a migration in small batches, in bytes. */
const SMALL_BATCH_BYTES = 8 * 2 ** 20;
const SHORT_BYTES = [PMD_SIZE, 16 * 2 ** 20];

/** The rows by folio size. @param bytes Of a long migration, a multiple of 2 MiB. */
export function calibrationRows(bytes: number, cpus: number): CalibrationRow[][] {
  return FOLIO_PAGES.map((folioPages) => {
    const plain = { migrator: 'baseline', copiers: 1, folioPages, batchPages: PMD_PAGES, bytes } as const;
    const small = SMALL_BATCHES.filter((batch) => batch === 1 || batch > folioPages);
    const smallBytes = Math.min(bytes, SMALL_BATCH_BYTES * (folioPages * PAGE_SIZE < 65536 ? 1 : 4));
    return [
      plain,
      ...SHORT_BYTES.filter((short) => short < bytes).map((short) => ({ ...plain, bytes: short })),
      // One 2M folio is a batch, whatever the limit.
      ...(folioPages === PMD_PAGES ? [] : small).map((batchPages) => ({
        ...plain,
        batchPages,
        bytes: smallBytes,
      })),
      { ...plain, migrator: 'mtcopy', copiers: Math.min(cpus, MAX_THREADS) },
      ...threadCounts(Math.min(cpus, MAX_CHANNELS)).map(
        (copiers) => ({ ...plain, migrator: 'dcbm', copiers }) as const,
      ),
    ];
  });
}
