import type { CopyMode } from '../../mm/copy-mode.js';
import type { Host } from '../harness/host.js';
import type { BatchMigrator } from '../move/options.js';
import type { AccessKindName, AccessTimes } from './access-times.js';
import type { AccessOptions, PageSource } from './options.js';

/** One way of bringing a buffer of small pages onto huge ones. */
export interface AccessRow {
  /** `promote`: a live migration to the same node with `hugePages: 'promote'`; `collapse`: madvise(2), MADV_COLLAPSE. */
  readonly how: 'promote' | 'collapse';
  readonly pages: PageSource;
  /** Null for `collapse`. */
  readonly migrator: BatchMigrator | null;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  readonly copyMode: CopyMode | null;
  readonly runs: number;
  /** Bytes that came onto huge pages, for each second of the migration thread's or the system call's time. */
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  /** Median of the ratios to the row `collapse`, round by round. */
  readonly ofCollapse: number;
  /** Bytes on huge pages afterwards, as the kernel reports them: the minimum of all runs. */
  readonly hugeBytes: number;
  /** Bytes on huge pages before: the maximum of all runs. */
  readonly hugeBytesBefore: number;
  /** Medians. */
  readonly before: AccessTimes;
  readonly after: AccessTimes;
  /** Speedup of an access: medians of the ratios, run by run. */
  readonly faster: Readonly<Record<AccessKindName, number>>;
  readonly foliosFailed: number;
  /** Every word had its content after every run. */
  readonly verified: boolean;
  /** Seconds to prefill the pool, not part of the other figures; median, 0 if it was not prefilled. */
  readonly prefillSeconds: number;
  /** Each run, in the order of the rounds. */
  readonly rounds: readonly { readonly GBps: number; readonly hugeBytes: number }[];
}

/** The report of `pageferry bench access --json`. Fields are only ever added to a schema. */
export interface AccessReport {
  readonly schema: 'pageferry.bench.access/2';
  readonly host: Host;
  readonly options: Pick<AccessOptions, 'bytes' | 'accesses' | 'runs' | 'batchBytes' | 'seed'>;
  readonly rows: readonly AccessRow[];
  /** For readers of the figures. */
  readonly notes: readonly string[];
}
