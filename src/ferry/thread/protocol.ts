import type { RegionMemory } from '../../engine/engine.js';
import type { MigratePlan, MovePagesPlan } from '../../engine/plan.js';
import type { CopyKind } from '../../linux/code/copy.js';
import type { LoadedCode } from '../../linux/code/machine-code.js';
import type { ErrorMigratorOptions } from '../../migrators/error/error-options.js';
import type { HeatPlan } from '../heat.js';
import type { CountedMigrator, MigratorCounter } from '../migrator-counters.js';

/** Options of the migration thread, which it is started with. */
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
  /** Shared ring of events: see trace/event-ring.ts. */
  readonly events: SharedArrayBuffer;
  /** Whether to audit: see mm/audit/. */
  readonly audit: boolean;
  /** Shared words: see control.ts. */
  readonly control: SharedArrayBuffer;
  /** Shared records of migrations: see migration-record.ts. */
  readonly records: readonly SharedArrayBuffer[];
  /** Shared journal of pages in flight: see linux/rescue/journal.ts. */
  readonly journal: SharedArrayBuffer;
  /** Shared counters: the cells of a MigrateStats. */
  readonly stats: SharedArrayBuffer;
  /**
   * For tests: URL of a module. Its `wrapMachine(machine)` returns the machine to use instead, which can fail at any
   * call. It may also export `remap`, which replaces mremap(2).
   */
  readonly wrapMachine?: string | undefined;
}

/** Which migrator to make. An undefined number means the setting. */
export type MigratorMessage =
  | { readonly name: 'cpu' }
  | { readonly name: 'mtcopy'; readonly threads: number | undefined }
  | { readonly name: 'dcbm'; readonly channels: number | undefined; readonly device: 'soft' | 'idxd' }
  | { readonly name: 'error'; readonly inner: MigratorMessage; readonly faults: ErrorMigratorOptions }
  | { readonly name: 'module'; readonly href: string; readonly options: unknown };

/** Requests to the migration thread. Each gets a reply. */
export type Request =
  | {
      readonly op: 'attach';
      readonly region: number;
      readonly memory: RegionMemory;
      readonly order: number;
      /** Its memory may be unmapped at any time: see movable-memory.ts. */
      readonly movable: boolean;
    }
  | {
      /** The region's memory has moved, or grown. */
      readonly op: 'replace';
      readonly region: number;
      readonly memory: RegionMemory;
    }
  | { readonly op: 'detach'; readonly region: number }
  /** Its reply comes once no device can touch the memory of the regions that were detached before. */
  | { readonly op: 'devicesAtRest' }
  | { readonly op: 'migrate'; readonly plan: MigratePlan; readonly progress: SharedArrayBuffer }
  | { readonly op: 'movePages'; readonly plan: MovePagesPlan; readonly progress: SharedArrayBuffer }
  | { readonly op: 'register'; readonly migrator: MigratorMessage }
  | { readonly op: 'unregister'; readonly name: string }
  | { readonly op: 'settingsChanged' }
  | {
      readonly op: 'resetCounter';
      readonly migrator: CountedMigrator;
      readonly counter: MigratorCounter;
    }
  | { readonly op: 'prefill'; readonly node: number; readonly pages: number; readonly huge: boolean }
  | { readonly op: 'discard'; readonly region: number; readonly from: number; readonly to: number }
  | { readonly op: 'pageOut'; readonly region: number; readonly from: number; readonly to: number }
  | {
      /** The program says something of pages: one of ADVICE. */
      readonly op: 'advise';
      readonly region: number;
      readonly from: number;
      readonly to: number;
      readonly advice: number;
    }
  | { readonly op: 'heat'; readonly plan: HeatPlan }
  /** Raises the priority of the thread, or restores it. The reply is whether it is raised. */
  | { readonly op: 'priority'; readonly raised: boolean }
  | { readonly op: 'close' };

export type RequestMessage = Request & { readonly id: number };

/**
 * Number of a migration's record in shared memory. The record has the plan, and the result once the number comes back:
 * see migration-record.ts.
 */
export type RecordNumber = number;

export interface ErrorMessage {
  readonly errno: number;
  readonly message: string;
  readonly argument: string | undefined;
  readonly advice: string | undefined;
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorMessage };

/** A message of the thread that is not a reply. */
export interface EjectedMessage {
  readonly event: 'ejected';
  /** The migrator that was unregistered after too many failed batches in a row. */
  readonly name: string;
  readonly why: string;
}

/** The first message of the thread. */
export type StartMessage =
  | {
      readonly ready: true;
      readonly access: 'syscall' | 'device' | 'user-mode-only';
      /** Whether write-protected migrations are supported on this host. */
      readonly canWriteProtect: boolean;
    }
  | { readonly ready: false; readonly error: ErrorMessage };
