import type { CopyKind } from '../../linux/code/copy.js';
import type { LoadedCode } from '../../linux/code/machine-code.js';
import type { ErrorMigratorOptions } from '../../migrators/error/error-options.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import type { MigrateMode } from '../../mm/mode.js';
import type { MigrateReason } from '../../mm/reason.js';
import type { FallbackCauses } from '../../offload/fallback-cause.js';
import type { HugePages } from '../huge-pages.js';
import type { CountedMigrator, MigratorCounter } from '../migrator-counters.js';

/** What the migration thread is started with. */
export interface ThreadOptions {
  readonly nodes: readonly {
    readonly id: number;
    readonly numaNode: number;
    readonly capacityPages: number;
  }[];
  readonly batchPages: number;
  readonly maxPoolPages: number;
  /** Machine code that the owner has loaded. */
  readonly code: LoadedCode;
  /** Shared settings: see offload/settings.ts. */
  readonly settings: SharedArrayBuffer;
  /** Shared counters by migrator: see migrator-counters.ts. */
  readonly counters: SharedArrayBuffer;
  readonly copy: CopyKind;
  /** Shared events of what happens: see trace/event-ring.ts. */
  readonly events: SharedArrayBuffer;
  /** Whether to audit: see auditor.ts. */
  readonly audit: boolean;
  /** Shared words: see control.ts. */
  readonly control: SharedArrayBuffer;
  /** Shared records of migrations: see migration-record.ts. */
  readonly records: readonly SharedArrayBuffer[];
  /** Shared journal of the pages that are out: see linux/rescue/journal.ts. */
  readonly journal: SharedArrayBuffer;
  /** Shared counters: the cells of a MigrateStats. */
  readonly stats: SharedArrayBuffer;
  /**
   * For tests: URL of a module whose `wrapMachine(machine)` gives the machine that is used in its place, so that it can
   * fail at any call. The module may also export a `remap`, which is called in the place of mremap(2).
   */
  readonly wrapMachine?: string | undefined;
}

export interface SpanMessage {
  readonly address: number;
  readonly pages: number;
}

export interface MigrateMessage {
  readonly region: number;
  /** Index of the node to move to. */
  readonly target: number;
  /** Index of the first page of the region, and of the first page after the last. */
  readonly from: number;
  readonly to: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  readonly moveGaps: boolean;
  readonly copyMode: CopyMode;
  readonly hugePages: HugePages;
  readonly batchPages: number;
  /** Shared words of this migration: see control.ts. */
  readonly progress: SharedArrayBuffer;
}

export interface MovePagesMessage {
  readonly region: number;
  /** Index of each page among the region's pages, or -1 for an offset outside of them. */
  readonly pages: Int32Array;
  /** Index of the target node of each page; null only asks. */
  readonly nodes: Int32Array | null;
  readonly moveAll: boolean;
  readonly batchPages: number;
  readonly progress: SharedArrayBuffer;
}

/** Which migrator to make. A number that is not given is a setting. */
export type MigratorMessage =
  | { readonly name: 'cpu' }
  | { readonly name: 'mtcopy'; readonly threads: number | undefined }
  | { readonly name: 'dcbm'; readonly channels: number | undefined; readonly device: 'soft' | 'idxd' }
  | { readonly name: 'error'; readonly inner: MigratorMessage; readonly faults: ErrorMigratorOptions }
  | { readonly name: 'module'; readonly href: string; readonly options: unknown };

/** Requests to the migration thread; each has its reply. */
export type Request =
  | {
      readonly op: 'attach';
      readonly region: number;
      readonly spans: readonly SpanMessage[];
      readonly node: number;
      readonly order: number;
      /** Its memory may be unmapped at any time: see movable-memory.ts. */
      readonly movable: boolean;
      /** Keeps shared memory alive while its pages are under way, whatever becomes of the program's thread. */
      readonly hold: readonly SharedArrayBuffer[];
    }
  | {
      /** The region's memory has moved, or grown. */
      readonly op: 'replace';
      readonly region: number;
      readonly spans: readonly SpanMessage[];
      readonly node: number;
      readonly hold: readonly SharedArrayBuffer[];
    }
  | { readonly op: 'detach'; readonly region: number }
  | { readonly op: 'migrate'; readonly migrate: MigrateMessage }
  | { readonly op: 'movePages'; readonly movePages: MovePagesMessage }
  | { readonly op: 'register'; readonly migrator: MigratorMessage }
  | { readonly op: 'unregister'; readonly name: string }
  | { readonly op: 'settingsChanged' }
  | {
      readonly op: 'resetCounter';
      readonly migrator: CountedMigrator;
      readonly counter: MigratorCounter;
    }
  | { readonly op: 'prefill'; readonly node: number; readonly pages: number; readonly huge: boolean }
  | { readonly op: 'close' };

export type RequestMessage = Request & { readonly id: number };

/**
 * Number of a migration's record in shared memory, which has the fields of its `migrate` request, and of its reply when
 * the number comes back: see migration-record.ts.
 */
export type RecordNumber = number;

/** What a migration reports when it ends, in pages of its region. */
export interface MigrateReply {
  readonly foliosMoved: number;
  readonly foliosFailed: number;
  readonly foliosAbsent: number;
  readonly foliosOnTarget: number;
  readonly bytesMoved: number;
  /** Runs of pages that stayed: index of the first among the region's pages, how many, errno. */
  readonly failures: readonly { readonly index: number; readonly pages: number; readonly errno: number }[];
  /** 0, or the errno with which the migration stopped short. */
  readonly errno: number;
  readonly batches: number;
  readonly retries: number;
  readonly splits: number;
  readonly fallbacks: number;
  readonly fallbackCauses: FallbackCauses;
  readonly gapFoliosMoved: number;
  readonly gapBytesMoved: number;
  readonly foliosWriteProtected: number;
  readonly staleCopies: number;
  readonly hugeBytes: number;
  readonly durationNs: number;
  readonly unmapNs: number;
  readonly copyNs: number;
  readonly mapNs: number;
  readonly destinationNs: number;
  readonly aborted: boolean;
}

export interface ErrorMessage {
  readonly errno: number;
  readonly message: string;
  readonly operation: string;
  readonly argument: string | undefined;
  readonly advice: string | undefined;
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorMessage };

/** What the thread says unasked. */
export interface EjectedMessage {
  readonly event: 'ejected';
  /** The migrator that was unregistered because it failed again and again, and how it failed last. */
  readonly name: string;
  readonly why: string;
}

/** The first message of the thread: it is ready, or it could not start. */
export type StartMessage =
  | {
      readonly ready: true;
      readonly access: 'syscall' | 'device' | 'user-mode-only';
      /** Whether write-protected migrations are supported on this host. */
      readonly canWriteProtect: boolean;
    }
  | { readonly ready: false; readonly error: ErrorMessage };
