import type { Address } from './libc.js';
import { libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/mempolicy.h
const MPOL_MF_MOVE = 1 << 1;

/**
 * One call of move_pages(2) for this process, prepared so that it can be made again: the pages at these addresses, which
 * must stay mapped. Of a huge page one address suffices, its first.
 */
export class MovePagesCall {
  readonly #count: number;
  readonly #addresses: Scratch;
  readonly #nodes: Scratch;
  readonly #status: Scratch;

  constructor(addresses: ArrayLike<Address>) {
    this.#count = addresses.length;
    this.#addresses = new Scratch(Math.max(1, this.#count) * 8);
    this.#nodes = new Scratch(Math.max(1, this.#count) * 4);
    this.#status = new Scratch(Math.max(1, this.#count) * 4);
    for (let i = 0; i < this.#count; i++) this.#addresses.set64(i, addresses[i]!);
  }

  /** Sets what `run` does, and forgets what the one before has answered. */
  target(numaNode: number): void {
    this.#nodes.i32.fill(numaNode);
    this.#status.i32.fill(-1);
  }

  /** Moves the pages. Returns how many the kernel did not move, or a negative errno. */
  run(): number {
    const c = libc();
    const [addresses, nodes, status] = [this.#addresses.address, this.#nodes.address, this.#status.address];
    const left = c.syscall(
      syscallNumbers().move_pages,
      0,
      this.#count,
      addresses,
      nodes,
      status,
      MPOL_MF_MOVE,
    );
    return left >= 0 ? left : -c.errno();
  }

  /** Where the page at each address is now, or a negative errno. */
  get status(): Int32Array {
    return this.#status.i32.subarray(0, this.#count);
  }
}
