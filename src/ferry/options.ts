import {
  checkBatchBytes,
  checkBoolean,
  checkInteger,
  readList,
  readOptions,
} from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import type { CopyKind } from '../linux/code/copy.js';
import { allowedNumaNodes, numaNodes } from '../linux/sys/topology.js';
import { ALL_REASONS, MIGRATE_REASONS, type MigrateReason, reasonBit } from '../mm/reason.js';

/**
 * A memory node of a ferry.
 *
 * @see {@link openFerry} for an example
 */
export interface NodeOption {
  /** The id by which the ferry knows it: an integer from 0 to 126. */
  readonly id: number;
  /** The NUMA node that its pages come from. If two nodes have the same NUMA node, the second is *emulated*. */
  readonly numaNode: number;
  /**
   * Maximum bytes of program memory on this node, rounded down to whole pages.
   *
   * @defaultValue the memory of the host
   */
  readonly capacityBytes?: number;
}

/**
 * Options of {@link openFerry}.
 *
 * @see {@link openFerry} for an example
 */
export interface FerryOptions {
  /**
   * The memory nodes. `'auto'` is a node for each NUMA node that this process may use. A host with a single one gets an
   * emulated second node on it, so that migrations work there too.
   *
   * @defaultValue `'auto'`
   */
  readonly nodes?: 'auto' | readonly NodeOption[];
  /**
   * Maximum bytes that any migration may unmap together: a multiple of 4096 up to 1 GiB. If it is given, it is
   * also the default of each migration: see {@link MigrateOptions.batchBytes}.
   *
   * @defaultValue 32 MiB
   */
  readonly batchBytes?: number;
  /**
   * Bytes of free pages that each pool may keep after a migration, rounded up to whole pages. The next migration then
   * need not get pages from the kernel. During a migration a pool may hold up to four more batches.
   *
   * @defaultValue 67108864 (64 MiB)
   */
  readonly poolBytes?: number;
  /**
   * Reasons for which batches are offloaded to the registered migrator.
   *
   * @defaultValue `'all'`
   */
  readonly reasonMask?: 'all' | 'none' | readonly MigrateReason[];
  /**
   * How the migration thread copies. `checked` survives unreadable memory: docs/reliability.md, Unreadable memory.
   *
   * @defaultValue `'fast'`
   */
  readonly copy?: CopyKind;
  /**
   * Whether the migration thread checks after every step of a migration that no page is lost, owned twice
   * or left behind, and that the counters add up. A violation ends the ferry: every page is put back, and
   * later calls reject with EUCLEAN. docs/audit.md has the cost.
   *
   * @defaultValue false
   */
  readonly audit?: boolean;
  /**
   * Whether calls in progress keep the process alive. `close()` always does. With `false` a process ends as if it had no
   * ferry. Batches in flight are put back before that.
   *
   * @defaultValue true
   */
  readonly keepAlive?: boolean;
}

/** The checked options of a ferry, with defaults filled in. */
export interface FilledFerryOptions {
  readonly nodes: readonly Required<NodeOption>[];
  readonly batchBytes: number;
  /** `batchBytes` as given. If it was not given, each migration chooses its default. */
  readonly defaultBatch: number | undefined;
  readonly poolBytes: number;
  readonly reasonMask: number;
  readonly copy: CopyKind;
  readonly audit: boolean;
  readonly keepAlive: boolean;
}

const OPERATION = 'openFerry';
export const MAX_BATCH_BYTES = 2 ** 30;
const DEFAULT_BATCH_BYTES = 32 * 2 ** 20;
const MAX_POOL_BYTES = 2 ** 40;
const MAX_NODES = 127;
/** Elements of a reason mask, at most. That is more than there are reasons, because duplicates are permitted. */
const MAX_REASONS = 1000;
const NODE_FIELDS = ['id', 'numaNode', 'capacityBytes'] as const;
const KNOWN = ['nodes', 'batchBytes', 'poolBytes', 'reasonMask', 'copy', 'audit', 'keepAlive'] as const;

/** Fills in the defaults. @throws MigrationError EINVAL or ENODEV, with the name of the bad option. */
export function fillFerryOptions(options: FerryOptions): FilledFerryOptions {
  const given = readOptions(OPERATION, options, KNOWN, 'unknown option of openFerry');
  const { nodes = 'auto', batchBytes, reasonMask = 'all', copy = 'fast' } = given;
  const { poolBytes = 64 * 1024 * 1024, audit = false, keepAlive = true } = given;
  if (batchBytes !== undefined) checkBatchBytes(OPERATION, batchBytes, MAX_BATCH_BYTES);
  checkInteger(OPERATION, 'options.poolBytes', poolBytes, 0, MAX_POOL_BYTES);
  if (copy !== 'fast' && copy !== 'checked') {
    throw invalidArgument(OPERATION, 'options.copy', `must be 'fast' or 'checked', not ${describe(copy)}`);
  }
  checkBoolean(OPERATION, 'options.audit', audit);
  checkBoolean(OPERATION, 'options.keepAlive', keepAlive);
  return {
    nodes: nodes === 'auto' ? autoNodes() : checkNodes(nodes),
    batchBytes: batchBytes ?? DEFAULT_BATCH_BYTES,
    defaultBatch: batchBytes,
    poolBytes,
    reasonMask: maskOf(reasonMask),
    copy,
    audit,
    keepAlive,
  };
}

function autoNodes(): Required<NodeOption>[] {
  const host = allowedNumaNodes();
  const nodes = host.map(({ id }) => ({ id, numaNode: id, capacityBytes: Number.POSITIVE_INFINITY }));
  if (nodes.length > 1) return nodes;
  const only = nodes[0]!;
  return [only, { ...only, id: only.id + 1 }];
}

function checkNodes(given: readonly NodeOption[]): Required<NodeOption>[] {
  const nodes = readList(OPERATION, 'options.nodes', given, MAX_NODES);
  if (nodes === undefined || nodes.length === 0) {
    throw invalidArgument(OPERATION, 'options.nodes', "must be 'auto' or 1 to 127 nodes { id, numaNode }");
  }
  const host = numaNodes().map(({ id }) => id);
  const seen = new Set<number>();
  return nodes.map((each, i) => {
    const argument = `options.nodes[${i}]`;
    const node = readOptions(OPERATION, each as NodeOption, NODE_FIELDS, 'unknown field of a node', argument);
    checkInteger(OPERATION, `${argument}.id`, node.id, 0, 126);
    checkInteger(OPERATION, `${argument}.numaNode`, node.numaNode, 0, 1023);
    if (seen.has(node.id)) throw invalidArgument(OPERATION, `${argument}.id`, `duplicate node id ${node.id}`);
    seen.add(node.id);
    if (!host.includes(node.numaNode)) {
      throw new MigrationError('ENODEV', `${argument}.numaNode: unknown NUMA node ${node.numaNode}`, {
        operation: OPERATION,
        argument: `${argument}.numaNode`,
        advice: `This host has the NUMA nodes ${host.join(', ')}.`,
      });
    }
    const { capacityBytes = Number.POSITIVE_INFINITY } = node;
    if (capacityBytes !== Number.POSITIVE_INFINITY) {
      checkInteger(OPERATION, `${argument}.capacityBytes`, capacityBytes, PAGE_SIZE, Number.MAX_SAFE_INTEGER);
    }
    return { id: node.id, numaNode: node.numaNode, capacityBytes };
  });
}

function maskOf(mask: NonNullable<FerryOptions['reasonMask']>): number {
  if (mask === 'all') return ALL_REASONS;
  if (mask === 'none') return 0;
  const reasons = readList(OPERATION, 'options.reasonMask', mask, MAX_REASONS);
  if (reasons === undefined) {
    throw invalidArgument(OPERATION, 'options.reasonMask', "must be 'all', 'none' or a list of reasons");
  }
  let bits = 0;
  for (const reason of reasons as readonly MigrateReason[]) {
    if (!MIGRATE_REASONS.includes(reason)) {
      throw invalidArgument(
        OPERATION,
        'options.reasonMask',
        `unknown reason ${describe(reason)}`,
        `Known: ${MIGRATE_REASONS.join(', ')}.`,
      );
    }
    bits |= reasonBit(reason);
  }
  return bits;
}
