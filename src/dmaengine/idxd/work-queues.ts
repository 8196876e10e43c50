import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { shortageOf } from '../../common/system-error.js';

/** Maximum bytes of a descriptor if the queue's limit cannot be read: the default of idxd. */
const DEFAULT_TRANSFER = 2 * 2 ** 20;
/** The size field of a descriptor has 32 bits. */
const MAX_TRANSFER = 0xffff_ffff;

/** Maximum descriptors of a queue, which is hundreds of times what a device has for all its queues. */
const MAX_SIZE = 65_536;

/** A user work queue that is enabled and that this process may open. */
export interface WorkQueue {
  /** The driver's name, for example `wq0.1`: device 0, queue 1. */
  readonly name: string;
  /** Its character device, for example `/dev/dsa/wq0.1`. */
  readonly node: string;
  readonly mode: 'shared' | 'dedicated';
  /** Descriptors that the queue holds. */
  readonly size: number;
  /** Maximum bytes of one descriptor. */
  readonly maxBytes: number;
  /** Whether descriptors may make the device wait for page faults. */
  readonly blockOnFault: boolean;
  /** NUMA node of the device. Undefined if the system does not report it. */
  readonly numaNode: number | undefined;
}

/** The reason for which no queue can be used. */
export interface Obstacle {
  readonly kind: 'driver' | 'device' | 'queue' | 'node' | 'permission';
  readonly problem: string;
  readonly advice: string;
}

export interface QueueSearch {
  /** The first queue of each device, then the second of each, and so on. */
  readonly queues: readonly WorkQueue[];
  /** The reason for which there are none. Undefined if there are queues. */
  readonly obstacle: Obstacle | undefined;
}

/**
 * Finds user work queues in sysfs (Documentation/ABI/stable/sysfs-driver-dma-idxd).
 * @param root folder of sys/ and dev/.
 */
export function findWorkQueues(root = '/'): QueueSearch {
  const bus = `${root}/sys/bus/dsa/devices`;
  if (!existsSync(bus)) return none(NO_DRIVER);
  const devices = list(bus, /^dsa\d+$/);
  if (devices.length === 0) return none(NO_DEVICE);

  const enabled = devices.flatMap((device) =>
    list(`${bus}/${device}`, /^wq\d+\.\d+$/)
      .map((name) => read(`${bus}/${device}`, name, root))
      .filter((queue) => queue !== undefined),
  );
  if (enabled.length === 0) {
    const sva = devices.some((device) => text(`${bus}/${device}/pasid_enabled`) === '1');
    return none(sva ? NO_QUEUE : NO_PASID);
  }
  const present = enabled.filter(({ node }) => existsSync(node));
  if (present.length === 0) return none(noNode(enabled[0]!.node));
  const queues = present.filter(({ node }) => accessible(node));
  if (queues.length === 0) return none(noPermission(present[0]!.node));
  return { queues: queues.sort(bySpread), obstacle: undefined };
}

function none(obstacle: Obstacle): QueueSearch {
  return { queues: [], obstacle };
}

function read(device: string, name: string, root: string): WorkQueue | undefined {
  const attribute = (key: string) => text(`${device}/${name}/${key}`);
  if (attribute('state') !== 'enabled' || attribute('type') !== 'user') return undefined;
  const mode = attribute('mode');
  const size = wholeOf(attribute('size')) ?? 0;
  if ((mode !== 'shared' && mode !== 'dedicated') || size === 0 || size > MAX_SIZE) return undefined;
  const limit = wholeOf(attribute('max_transfer_size') ?? text(`${device}/max_transfer_size`)) ?? 0;
  const numaNode = wholeOf(text(`${device}/numa_node`));
  return {
    name,
    node: `${root === '/' ? '' : root}/dev/dsa/${name}`,
    mode,
    size,
    maxBytes: limit > 0 ? Math.min(limit, MAX_TRANSFER) : DEFAULT_TRANSFER,
    // If page requests are off (Linux 6.4), no fault that the device waits for would be resolved.
    blockOnFault: attribute('block_on_fault') === '1' && attribute('prs_disable') !== '1',
    numaNode,
  };
}

function bySpread(a: WorkQueue, b: WorkQueue): number {
  const [deviceA, queueA] = numbers(a.name);
  const [deviceB, queueB] = numbers(b.name);
  return queueA - queueB || deviceA - deviceB;
}

function numbers(name: string): [number, number] {
  const [device, queue] = name.slice(2).split('.').map(Number);
  return [device!, queue!];
}

function list(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory).filter((name) => pattern.test(name));
  } catch (error) {
    if (shortageOf(error) !== undefined) throw error;
    return [];
  }
}

/** Undefined for anything but a whole number, such as the -1 of a device without a node. */
function wholeOf(attribute: string | undefined): number | undefined {
  return attribute !== undefined && /^\d{1,15}$/.test(attribute) ? Number(attribute) : undefined;
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (shortageOf(error) !== undefined) throw error;
    return undefined;
  }
}

function accessible(node: string): boolean {
  try {
    accessSync(node, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const NO_DRIVER: Obstacle = {
  kind: 'driver',
  problem: 'the idxd driver is not loaded',
  advice: 'If `lspci -d 8086:0b25` shows a device, run `modprobe idxd`. Otherwise this host has no DSA.',
};

const NO_DEVICE: Obstacle = {
  kind: 'device',
  problem: 'the idxd driver has no DSA device',
  advice: 'Use a processor with DSA, and check that its firmware does not hide it.',
};

const NO_PASID: Obstacle = {
  kind: 'queue',
  problem: 'the DSA device cannot have a user queue: it does not share virtual addresses',
  advice: 'Boot with intel_iommu=on,sm_on, then configure a queue (docs/dma-devices.md).',
};

const NO_QUEUE: Obstacle = {
  kind: 'queue',
  problem: 'no user queue of a DSA device is enabled',
  advice: 'Configure one with accel-config (docs/dma-devices.md).',
};

function noNode(node: string): Obstacle {
  return {
    kind: 'node',
    problem: `a user queue is enabled, but ${node} does not exist`,
    advice: 'Add that device to the container.',
  };
}

function noPermission(node: string): Obstacle {
  return {
    kind: 'permission',
    problem: `a user queue is enabled, but this user has no permission to open ${node}`,
    advice: `Give this user read and write access to ${node}.`,
  };
}
