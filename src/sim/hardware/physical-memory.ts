import { describe } from '../../common/describe-value.js';
import { invalidArgument } from '../../common/migration-error.js';
import { BuddyAllocator, MAX_BLOCK_ORDER } from './buddy-allocator.js';
import { fillRange } from './fill-range.js';
import { FrameContent } from './frame-content.js';

/** Owners of a frame. */
export const FRAME_FREE = 0;
export const FRAME_MAPPED = 1;
/** Owned by a migration. */
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
 * The frames of all nodes, in one sequence of numbers from node 0 on. Typed arrays have the fields of the kernel's struct
 * page: owner, references, LRU, and reverse map.
 */
export class PhysicalMemory {
  readonly content: FrameContent;
  readonly zones: readonly BuddyAllocator[];
  /** First frame of each node, and one beyond the last. */
  readonly first: readonly number[];
  /** One of the FRAME_… states. */
  readonly state: Uint8Array;
  /** 1 on the LRU; 0 isolated, or without an owner. */
  readonly lru: Uint8Array;
  /** References in addition to the mapping's: a pin, O_DIRECT, a buffer of a device. */
  readonly pins: Uint8Array;
  /** 1: unreadable (hardware poison). */
  readonly poisoned: Uint8Array;
  /** Reverse map: the page that maps it, and the address space. */
  readonly page: Int32Array;
  readonly space: Uint8Array;
  /** The owners of each frame while the books are counted. */
  readonly owners: Uint8Array;
  /** `state` and `owners`, four frames in each element. */
  readonly stateWords: Uint32Array;
  readonly ownerWords: Uint32Array;

  /** @throws MigrationError EINVAL for impossible nodes, naming the option. */
  constructor({ nodePages, words }: MemoryOptions) {
    if (nodePages.length < 1) throw invalidArgument('Simulation', 'nodePages', 'must have at least one node');
    const block = 2 ** MAX_BLOCK_ORDER;
    const first = [0];
    for (const [node, pages] of nodePages.entries()) {
      if (!Number.isInteger(pages) || pages < block || pages % block !== 0) {
        throw invalidArgument(
          'Simulation',
          `nodePages[${node}]`,
          `must be a multiple of ${block}, not ${describe(pages)}`,
        );
      }
      first.push(first[node]! + pages);
    }
    const frames = first.at(-1)!;
    if (frames > 2 ** 31)
      throw invalidArgument('Simulation', 'nodePages', `must be at most 2^31 in total, not ${frames}`);
    if (!Number.isInteger(words) || words < 1 || words > 1024) {
      throw invalidArgument(
        'Simulation',
        'words',
        `must be a whole number from 1 to 1024, not ${describe(words)}`,
      );
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
    this.owners = new Uint8Array(frames);
    // Nodes have whole blocks, so the frames of an element are of one node.
    this.stateWords = new Uint32Array(this.state.buffer);
    this.ownerWords = new Uint32Array(this.owners.buffer);
  }

  /** Makes it as new: all frames are free, and their content is 0. */
  reset(): void {
    for (const zone of this.zones) zone.reset();
    this.content.reset();
    this.state.fill(FRAME_FREE);
    this.lru.fill(0);
    this.pins.fill(0);
    this.poisoned.fill(0);
    this.page.fill(0);
    this.space.fill(0);
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
    fillRange(this.state, FRAME_IN_FLIGHT, frame, frame + (1 << order));
    return frame;
  }

  /** Takes this frame, if it is free. */
  takeFrame(frame: number): boolean {
    const node = this.nodeOf(frame);
    if (!this.zones[node]!.takePage(frame - this.first[node]!)) return false;
    this.state[frame] = FRAME_IN_FLIGHT;
    return true;
  }

  /** Frees 2^order frames. */
  give(frame: number, order: number): void {
    const node = this.nodeOf(frame);
    const end = frame + (1 << order);
    fillRange(this.state, FRAME_FREE, frame, end);
    fillRange(this.lru, 0, frame, end);
    this.zones[node]!.give(frame - this.first[node]!, order);
  }
}
