/** What the page reads of `pageferry.bench.move/2` and `pageferry.bench.stall/2`: see src/bench/move and src/bench/stall. */
export interface BenchHost {
  readonly kernel: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly nodes: readonly { readonly id: number; readonly emulated: boolean }[];
}

export interface MoveRow {
  readonly folio: string;
  readonly batch: number | null;
  readonly migrator: string;
  readonly channels: number;
  readonly threads: number;
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  readonly medianOfLimit: number;
  readonly medianOfBase: number | null;
  readonly rfcGBps: number | null;
  readonly fallbacks: number;
  readonly foliosFailed: number;
  readonly verified: boolean;
}

export interface MoveReport {
  readonly schema: 'pageferry.bench.move/2';
  readonly host: BenchHost;
  readonly limit: {
    readonly native: readonly {
      readonly folio: string;
      readonly batch: number | null;
      readonly medianGBps: number;
    }[];
  };
  readonly rows: readonly MoveRow[];
  readonly notes: readonly string[];
}

export interface StallRow {
  readonly folio: string;
  readonly batchBytes: number;
  readonly copyMode: string;
  readonly migrator: string;
  readonly role: string;
  readonly GBps: number;
  readonly p50us: number;
  readonly p99us: number;
  readonly p999us: number;
  readonly p9999us: number;
  readonly maxus: number;
  readonly readsPerSecond: number;
}

export interface StallReport {
  readonly schema: 'pageferry.bench.stall/2';
  readonly host: BenchHost;
  readonly rows: readonly StallRow[];
  readonly notes: readonly string[];
}

export function isMoveReport(report: unknown): report is MoveReport {
  return (report as MoveReport | null)?.schema === 'pageferry.bench.move/2';
}

export function isStallReport(report: unknown): report is StallReport {
  return (report as StallReport | null)?.schema === 'pageferry.bench.stall/2';
}

/** Bytes of a size as reports have it: `4K`, `2M`. */
export function bytesOf(size: string): number {
  const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
  const unit = units[size.at(-1) ?? ''];
  return unit === undefined ? Number(size) : Number(size.slice(0, -1)) * unit;
}
