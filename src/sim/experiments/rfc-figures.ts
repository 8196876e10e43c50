/**
 * The RFC's own figures: GB/s of move_pages(2) between two nodes, on a two-socket AMD Zen 3 EPYC (32 cores) with Linux
 * 7.0-rc2, the DMA by PTDMA hardware. Another machine than any that this runs on: for comparison, not to be beaten.
 *
 * "[RFC PATCH v4 0/6] Accelerate page migration with batch copying and hardware offload", Shivank Garg, linux-mm,
 * 2026-03-09, "Performance results".
 */

/** Table 1a, vanilla kernel (its `baseline`), 1 GB in all, by folio size. */
const BASELINE_GBPS: ReadonlyMap<string, number> = new Map([
  ['4K', 3.55],
  ['16K', 5.66],
  ['64K', 6.16],
  ['256K', 7.12],
  ['1M', 6.93],
  ['2M', 10.88],
]);

/** Table 1b, dcbm, 1 GB in all: for each number of channels the figures of 4K, 16K, 64K, 256K, 1M and 2M. */
const DCBM_GBPS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [2.63, 2.92, 3.16, 4.75, 7.38, 12.64]],
  [2, [3.2, 4.68, 5.16, 7.42, 8.05, 14.4]],
  [4, [3.78, 6.45, 7.36, 9.7, 11.68, 27.16]],
  [8, [4.32, 8.2, 9.45, 12.99, 13.18, 46.17]],
  [12, [4.35, 8.8, 11.65, 15.46, 14.69, 60.89]],
  [16, [4.4, 9.25, 11.02, 13.56, 18.04, 66.86]],
]);

/** Table 2, by the number of 2M folios of a move: [baseline, dcbm with one channel]. */
const BATCH_GBPS: ReadonlyMap<number, readonly [baseline: number, dma: number]> = new Map([
  [1, [7.34, 6.17]],
  [8, [8.27, 8.85]],
  [16, [7.56, 9.12]],
  [32, [8.39, 11.73]],
  [64, [9.37, 12.18]],
  [256, [10.58, 12.5]],
  [512, [10.78, 12.68]],
  [1024, [10.77, 12.76]],
  [2048, [10.87, 12.81]],
  [8192, [10.84, 12.82]],
]);

/**
 * mtcopy of an earlier round of the series on the same machine: 1 GB of 2M folios by the number of threads, which were
 * spread over the CCDs. The RFC's v4 does not have mtcopy.
 */
const MTCOPY_GBPS: ReadonlyMap<number, number> = new Map([
  [1, 10.6],
  [2, 17.2],
  [4, 29.9],
  [8, 37],
  [16, 36],
]);

export const RFC_MTCOPY_THREADS: readonly number[] = [...MTCOPY_GBPS.keys()];

/** The same for 1 to 8 threads in one CCD, "about". */
export const RFC_MTCOPY_IN_ONE_DOMAIN_GBPS = 11;

/** mtcopy at 2M by its threads, spread over the CCDs. Undefined where nothing is published. */
export function rfcByThreads(threads: number): number | undefined {
  return MTCOPY_GBPS.get(threads);
}

/** The row of the RFC that a figure is looked up for. */
export interface RfcRow {
  readonly migrator: string;
  /** DMA channels. */
  readonly channels: number;
}

/** The RFC's baseline is move_pages(2) of an unchanged kernel: it stands beside ours, and beside that of this host. */
const BASELINES: ReadonlySet<string> = new Set(['baseline', 'kernel']);

/** Tables 1a and 1b: a folio size such as `4K`, at constant total size. Undefined where the RFC has none. */
export function rfcByFolio({ migrator, channels }: RfcRow, folio: string): number | undefined {
  if (BASELINES.has(migrator)) return BASELINE_GBPS.get(folio);
  if (migrator !== 'dcbm') return undefined;
  return DCBM_GBPS.get(channels)?.[[...BASELINE_GBPS.keys()].indexOf(folio)];
}

/** Table 2: so many folios of 2M moved by one call. Undefined where the RFC has none. */
export function rfcByBatch({ migrator, channels }: RfcRow, folios: number): number | undefined {
  const figures = BATCH_GBPS.get(folios);
  if (BASELINES.has(migrator)) return figures?.[0];
  return migrator === 'dcbm' && channels === 1 ? figures?.[1] : undefined;
}

/** One run of the RFC's compaction experiment: 16,384 huge pages allocated on a node of which every second page is free. */
export interface RfcCompaction {
  readonly offload: boolean;
  /** A program that counts competes for the processor. */
  readonly busy: boolean;
  readonly wallMs: number;
  readonly migrated: number;
  readonly dmaCopies: number | null;
  readonly hogIterations: number | null;
  readonly userPercent: number;
  readonly sysPercent: number;
  readonly idlePercent: number;
}

export const RFC_COMPACTION_HUGE_PAGES = 16_384;

/** "Re: [RFC PATCH v4 0/6] …", Shivank Garg, linux-mm, 2026-03-18, "Experiment Results". The same machine. */
export const RFC_COMPACTION: readonly RfcCompaction[] = [
  compaction(false, false, [16_708, 4_563_506, null, null, 0, 99.4, 0.29]),
  compaction(true, false, [18_887, 4_622_952, 4_623_181, null, 0, 76.65, 22.55]),
  compaction(false, true, [33_256, 4_599_846, null, 62_300_165_085, 49.9, 49.75, 0.06]),
  compaction(true, true, [32_475, 4_602_750, 4_604_672, 66_022_189_744, 56.32, 42.97, 0.06]),
];

function compaction(
  offload: boolean,
  busy: boolean,
  figures: readonly [number, number, number | null, number | null, number, number, number],
): RfcCompaction {
  const [wallMs, migrated, dmaCopies, hogIterations, userPercent, sysPercent, idlePercent] = figures;
  return {
    offload,
    busy,
    wallMs,
    migrated,
    dmaCopies,
    hogIterations,
    userPercent,
    sysPercent,
    idlePercent,
  };
}
