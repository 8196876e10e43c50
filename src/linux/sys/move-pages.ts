import type { Address } from './libc.js';
import { libc } from './libc.js';
import { Scratch } from './scratch.js';
import { syscallNumbers } from './syscalls.js';

// include/uapi/linux/mempolicy.h
const MPOL_MF_MOVE = 1 << 1;

/**
 * A reusable call of move_pages(2) for this process. It moves the pages at fixed addresses, which must stay mapped. A huge
 * page needs only its first address.
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

  /** Sets the target node of `run`, and clears the statuses. */
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

  /** The current node of the page at each address, or a negative errno. */
  get status(): Int32Array {
    return this.#status.i32.subarray(0, this.#count);
  }
}
