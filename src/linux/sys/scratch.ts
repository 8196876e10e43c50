import { type Address, libc } from './libc.js';
import { getWords64, setWords64 } from './words64.js';

/**
 * Memory at a fixed address for the structures that system calls read and write. It is in a SharedArrayBuffer, whose memory
 * never moves. 64-bit fields are written as two words, without BigInt. Keep a reference to the object while its address is
 * in use, because an address keeps nothing alive.
 */
export class Scratch {
  readonly address: Address;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;

  constructor(bytes: number) {
    const buffer = new SharedArrayBuffer(bytes);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.address = libc().addressOf(this.u32);
  }

  /** Writes an unsigned integer (up to 2^53) at 64-bit field `index`. */
  set64(index: number, value: number): void {
    setWords64(this.u32, index * 2, value);
  }

  /** The signed 64-bit field `index`, exact up to 2^53. */
  get64(index: number): number {
    return getWords64(this.i32, index * 2);
  }
}
