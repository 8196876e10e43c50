import { libc } from '../sys/libc.js';
import { afterKey, ascii, decimalAt } from '../sys/proc-text.js';
import { Scratch } from '../sys/scratch.js';

const O_CLOEXEC = 0o2000000;
/** /proc/self/status has some 1,400 bytes; the field is among its first 30 lines. */
const BYTES = 8192;
const KEY = ascii('VmPin:');
const LOCKED_KEY = ascii('VmLck:');

/**
 * What the kernel counts as pinned for long in this process (`mm->pinned_vm`, VmPin of proc_pid_status(5)): buffers
 * registered with an io_uring (io_uring/rsrc.c), RDMA memory regions (drivers/infiniband/core/umem.c), iommufd and vdpa
 * mappings. It is counted for the memory's owner, so it shows a pin whose descriptor lives in another process, or in none.
 * What pins for the time of one I/O is not counted.
 */
export class PinnedMemory {
  /** Descriptor of /proc/self/status, or -1. */
  readonly descriptor: number = libc().open('/proc/self/status', O_CLOEXEC);
  readonly #text = new Scratch(BYTES);
  readonly #bytes = new Uint8Array(this.#text.u32.buffer);

  /** Kilobytes that are pinned; -1 when the kernel does not say. */
  kilobytes(): number {
    return this.#field(KEY);
  }

  /** Kilobytes that are locked, mlock(2); -1 when the kernel does not say. */
  lockedKilobytes(): number {
    return this.#field(LOCKED_KEY);
  }

  #field(key: Uint8Array): number {
    const length = libc().pread(this.descriptor, this.#text.address, BYTES, 0);
    const at = length > 0 ? afterKey(this.#bytes, length, key) : -1;
    return at < 0 ? -1 : decimalAt(this.#bytes, at);
  }

  close(): void {
    if (this.descriptor >= 0) libc().close(this.descriptor);
  }
}
