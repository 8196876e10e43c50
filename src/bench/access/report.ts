import type { CopyMode } from '../../mm/copy-mode.js';
import type { Host } from '../harness/host.js';
import type { BatchMigrator } from '../move/options.js';
import type { AccessKindName, AccessTimes } from './access-times.js';
import type { PageSource } from './options.js';

/** A buffer of small pages that was brought onto huge ones in one way. */
export interface AccessRow {
  /** `promote`: migrated live, with `hugePages: 'promote'`, to the node it was on; `collapse`: madvise(2), MADV_COLLAPSE. */
  readonly how: 'promote' | 'collapse';
  readonly pages: PageSource;
  /** Of promotion; null for the other. */
  readonly migrator: BatchMigrator | null;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  readonly copyMode: CopyMode | null;
  readonly runs: number;
  /** Bytes that came onto huge pages, a second of the migration thread's time or of the system call's. */
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  /** Median of the ratios to the row `collapse`, round by round; 1 for that row itself. */
  readonly ofCollapse: number;
  /** Bytes on huge pages afterwards, asked of the kernel: the least of all runs. */
  readonly hugeBytes: number;
  /** Bytes on huge pages before: the most of all runs. */
  readonly hugeBytesBefore: number;
  /** Medians. */
  readonly before: AccessTimes;
  readonly after: AccessTimes;
  /** How many times faster an access is afterwards: medians of the ratios, run by run. */
  readonly faster: Readonly<Record<AccessKindName, number>>;
  readonly foliosFailed: number;
  /** Every word was what it should be, after every run. */
  readonly verified: boolean;
  /** Seconds to prefill the pool beforehand, which is in none of the figures; median, 0 where it was not prefilled. */
  readonly prefillSeconds: number;
  /** Each run, in the order of the rounds. */
  readonly rounds: readonly { readonly GBps: number; readonly hugeBytes: number }[];
}

/** What `pageferry bench access --json` writes. Fields are only ever added to a schema. */
export interface AccessReport {
  readonly schema: 'pageferry.bench.access/2';
  readonly host: Host;
  readonly options: {
    readonly bytes: number;
    readonly accesses: number;
    readonly runs: number;
    readonly batchBytes: number;
    readonly seed: number;
  };
  readonly rows: readonly AccessRow[];
  /** What a reader of the figures must know. */
  readonly notes: readonly string[];
}
