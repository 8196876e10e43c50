import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';

// include/uapi/asm-generic/unistd.h (the same numbers on x64), include/uapi/linux/io_uring.h
const IO_URING_SETUP = 425;
const IO_URING_REGISTER = 427;
const REGISTER_BUFFERS = 0;
const UNREGISTER_BUFFERS = 1;
const PARAMS_BYTES = 120;

/** An io_uring whose registered buffer pins one page (FOLL_LONGTERM), as a program's I/O may. */
export class PinnedPage {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Pins the page at an address. Returns why not, when this host does not permit io_uring. */
  static pin(address: number): PinnedPage | string {
    const c = libc();
    const params = new Scratch(PARAMS_BYTES);
    const fd = c.syscall(IO_URING_SETUP, 4, params.address, 0, 0, 0, 0);
    if (fd < 0) return `io_uring_setup: errno ${c.errno()}`;
    const vector = new Scratch(16);
    vector.set64(0, address);
    vector.set64(1, 4096);
    if (c.syscall(IO_URING_REGISTER, fd, REGISTER_BUFFERS, vector.address, 1, 0, 0) !== 0) {
      const why = `io_uring_register: errno ${c.errno()}`;
      c.close(fd);
      return why;
    }
    return new PinnedPage(fd);
  }

  unpin(): void {
    const c = libc();
    c.syscall(IO_URING_REGISTER, this.#fd, UNREGISTER_BUFFERS, 0, 0, 0, 0);
    c.close(this.#fd);
    // The kernel lets go of the page a moment later.
    c.usleep(50_000);
  }
}
