import { describe } from '../../common/describe-value.js';
import { MigrationError } from '../../common/migration-error.js';
import { BuddyAllocator, MAX_BLOCK_ORDER } from './buddy-allocator.js';
import { FrameContent } from './frame-content.js';

/** Who has a frame. */
export const FRAME_FREE = 0;
export const FRAME_MAPPED = 1;
/** In the hands of a migration. */
export const FRAME_IN_FLIGHT = 2;
/** A device may still touch it. */
export const FRAME_QUARANTINED = 3;

export interface MemoryOptions {
  /** Base pages of each node. */
  readonly nodePages: readonly number[];
  /** 32-bit words that stand for the content of a frame, 1 to 1024. */
  readonly words: number;
}

/**
 * The frames of all nodes, numbered through: node 0 has the first. What the kernel keeps in struct page is here in typed
 * arrays: who has the frame, how many references there are, whether it is on the LRU, what maps it.
 */
export class PhysicalMemory {
  readonly content: FrameContent;
  readonly zones: readonly BuddyAllocator[];
  /** First frame of each node, and one beyond the last. */
  readonly first: readonly number[];
  /** One of the FRAME_… states. */
  readonly state: Uint8Array;
  /** 1 on the LRU; 0 isolated, or nobody's. */
  readonly lru: Uint8Array;
  /** References besides the one of the mapping: a pin, O_DIRECT, a buffer of a device. */
  readonly pins: Uint8Array;
  /** 1: it cannot be read any more. */
  readonly poisoned: Uint8Array;
  /** Reverse map: the page that maps it, and the address space. */
  readonly page: Int32Array;
  readonly space: Uint8Array;

  /** @throws MigrationError EINVAL for nodes that cannot be, naming the option. */
  constructor({ nodePages, words }: MemoryOptions) {
    if (nodePages.length < 1) throw impossible('nodePages', 'must have at least one node');
    const block = 2 ** MAX_BLOCK_ORDER;
    const first = [0];
    for (const [node, pages] of nodePages.entries()) {
      if (!Number.isInteger(pages) || pages < block || pages % block !== 0) {
        throw impossible(`nodePages[${node}]`, `must be a multiple of ${block}, not ${describe(pages)}`);
      }
      first.push(first[node]! + pages);
    }
    const frames = first.at(-1)!;
    if (frames > 2 ** 31) throw impossible('nodePages', `must be at most 2^31 in total, not ${frames}`);
    if (!Number.isInteger(words) || words < 1 || words > 1024) {
      throw impossible('words', `must be a whole number from 1 to 1024, not ${describe(words)}`);
    }
    this.first = first;
    this.zones = nodePages.map((pages) => new BuddyAllocator(pages));
    this.content = new FrameContent(frames, words);
    this.state = new Uint8Array(frames);
    this.lru = new Uint8Array(frames);
    this.pins = new Uint8Array(frames);
    this.poisoned = new Uint8Array(frames);
    this.page = new Int32Array(frames);
    this.space = new Uint8Array(frames);
  }

  get frames(): number {
    return this.state.length;
  }

  nodeOf(frame: number): number {
    let node = 0;
    while (frame >= this.first[node + 1]!) node++;
    return node;
  }

  /** First of 2^order free frames of the node, now in flight, or -1 when it has none. */
  take(node: number, order: number): number {
    const page = this.zones[node]!.take(order);
    if (page < 0) return -1;
    const frame = this.first[node]! + page;
    this.state.fill(FRAME_IN_FLIGHT, frame, frame + 2 ** order);
    return frame;
  }

  /** Takes this very frame if it is free. */
  takeFrame(frame: number): boolean {
    const node = this.nodeOf(frame);
    if (!this.zones[node]!.takePage(frame - this.first[node]!)) return false;
    this.state[frame] = FRAME_IN_FLIGHT;
    return true;
  }

  /** 2^order frames are free again. */
  give(frame: number, order: number): void {
    const node = this.nodeOf(frame);
    const end = frame + 2 ** order;
    this.state.fill(FRAME_FREE, frame, end);
    this.lru.fill(0, frame, end);
    this.zones[node]!.give(frame - this.first[node]!, order);
  }
}

function impossible(argument: string, problem: string, advice?: string): MigrationError {
  return new MigrationError('EINVAL', `${argument}: ${problem}`, {
    operation: 'Simulation',
    argument,
    ...(advice === undefined ? {} : { advice }),
  });
}
