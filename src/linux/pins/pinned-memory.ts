import { libc } from '../sys/libc.js';
import { afterKey, ascii, decimalAt } from '../sys/proc-text.js';
import { Scratch } from '../sys/scratch.js';

const O_CLOEXEC = 0o2000000;
/** /proc/self/status has some 1,400 bytes. The field is among its first 30 lines. */
const BYTES = 8192;
const KEY = ascii('VmPin:');
const LOCKED_KEY = ascii('VmLck:');

/**
 * The kernel's count of memory with long-term pins in this process (`mm->pinned_vm`, VmPin of proc_pid_status(5)). It
 * includes buffers registered with an io_uring (io_uring/rsrc.c), RDMA memory regions (drivers/infiniband/core/umem.c), and
 * iommufd and vdpa mappings. It is kept for the memory's owner, so it shows a pin whose descriptor is in another process,
 * or closed. Pins for one I/O are not counted.
 */
export class PinnedMemory {
  /** Descriptor of /proc/self/status, or -1. */
  readonly descriptor: number = libc().open('/proc/self/status', O_CLOEXEC);
  readonly #text = new Scratch(BYTES);
  readonly #bytes = new Uint8Array(this.#text.u32.buffer);

  /** Pinned kilobytes. -1 if the kernel does not report them. */
  kilobytes(): number {
    return this.#field(KEY);
  }

  /** Locked kilobytes, mlock(2). -1 if the kernel does not report them. */
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
