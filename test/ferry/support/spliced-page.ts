import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { PAGE } from './fixture.js';
import { call } from './system-calls.js';

// syscall_64.tbl; asm-generic/unistd.h
const PIPE2 = process.arch === 'arm64' ? 59 : 293;

/** A pipe that holds a reference to one page of this process, by vmsplice(2). */
export class SplicedPage {
  readonly #read: number;
  readonly #write: number;

  constructor(address: number) {
    const c = libc();
    const ends = new Scratch(8);
    if (c.syscall(PIPE2, ends.address, 0, 0, 0, 0, 0) !== 0) throw new Error(`pipe2: errno ${c.errno()}`);
    this.#read = ends.u32[0]!;
    this.#write = ends.u32[1]!;
    const vector = new Scratch(16);
    vector.set64(0, address);
    vector.set64(1, PAGE);
    call('vmsplice', this.#write, vector.address, 1);
  }

  /** Takes the page out of the pipe: its bytes as they are now. */
  drain(): Uint8Array {
    const c = libc();
    const into = new Uint8Array(new SharedArrayBuffer(PAGE));
    if (c.read(this.#read, c.addressOf(into), PAGE) !== PAGE) throw new Error(`read: errno ${c.errno()}`);
    return into;
  }

  close(): void {
    for (const end of [this.#read, this.#write]) libc().close(end);
  }
}
