import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';

// include/uapi/asm-generic/unistd.h (the same numbers on x64), include/uapi/linux/io_uring.h
const IO_URING_SETUP = 425;
const IO_URING_ENTER = 426;
const IO_URING_REGISTER = 427;
const REGISTER_BUFFERS = 0;
const ENTER_GETEVENTS = 1;
const OP_READ_FIXED = 4;
const OFFSET_SQES = 0x10000000;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

// struct io_uring_params, in words: sq_off from word 10 on, cq_off from word 20 on
const PARAMS_WORDS = 30;
const SQ_TAIL = 11;
const SQ_ARRAY = 16;
const CQ_HEAD = 20;
const CQ_MASK = 22;
const CQES = 25;
const SQE_BYTES = 64;
const CQE_BYTES = 16;

/** An io_uring of a program: reads files into buffers that it has registered, and so pinned. */
export class Ring {
  readonly fd: number;
  readonly #params: Scratch;
  readonly #rings: number;
  readonly #ringBytes: number;
  readonly #entries: number;
  readonly #entryBytes: number;
  readonly #word = new Scratch(8);
  readonly #entry = new Scratch(SQE_BYTES);
  #tail = 0;
  #head = 0;

  private constructor(fd: number, params: Scratch) {
    const c = libc();
    this.fd = fd;
    this.#params = params;
    const [sqEntries, cqEntries] = [params.u32[0]!, params.u32[1]!];
    // Both rings lie in one mapping (IORING_FEAT_SINGLE_MMAP, Linux 5.4).
    this.#ringBytes = Math.max(
      params.u32[SQ_ARRAY]! + sqEntries * 4,
      params.u32[CQES]! + cqEntries * CQE_BYTES,
    );
    this.#entryBytes = sqEntries * SQE_BYTES;
    this.#rings = c.mmap(0, this.#ringBytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
    this.#entries = c.mmap(0, this.#entryBytes, PROT_READ_WRITE, MAP_SHARED, fd, OFFSET_SQES);
  }

  /** Opens one. Returns why not, when this host does not permit it. */
  static open(entries: number): Ring | string {
    const c = libc();
    const params = new Scratch(PARAMS_WORDS * 4);
    const fd = c.syscall(IO_URING_SETUP, entries, params.address, 0, 0, 0, 0);
    return fd < 0 ? `io_uring_setup: errno ${c.errno()}` : new Ring(fd, params);
  }

  /** Registers buffers of `bytes` each. Returns 0, or the errno (ENOMEM: beyond RLIMIT_MEMLOCK). */
  register(addresses: readonly number[], bytes: number): number {
    const c = libc();
    const vectors = new Scratch(addresses.length * 16);
    addresses.forEach((address, i) => {
      vectors.set64(i * 2, address);
      vectors.set64(i * 2 + 1, bytes);
    });
    const { address } = vectors;
    const done = c.syscall(IO_URING_REGISTER, this.fd, REGISTER_BUFFERS, address, addresses.length, 0, 0);
    return done === 0 ? 0 : c.errno();
  }

  /** Reads `bytes` of a file into a registered buffer. Returns how many it read, or a negative errno. */
  readFixed(file: number, offset: number, buffer: number, address: number, bytes: number): number {
    const c = libc();
    const entry = this.#entry;
    entry.u32.fill(0);
    entry.u32[0] = OP_READ_FIXED;
    entry.u32[1] = file;
    entry.set64(1, offset);
    entry.set64(2, address);
    entry.u32[6] = bytes;
    entry.u32[10] = buffer;
    c.memcpy(this.#entries, entry.address, SQE_BYTES);
    // The array of entries holds zeros: every place in it means the first entry.
    this.#tail++;
    this.#poke(SQ_TAIL, this.#tail);
    const entered = c.syscall(IO_URING_ENTER, this.fd, 1, 1, ENTER_GETEVENTS, 0, 0);
    if (entered !== 1) return -c.errno();
    const at = this.#params.u32[CQES]! + (this.#head & this.#peek(this.#params.u32[CQ_MASK]!)) * CQE_BYTES;
    const result = this.#peek(at + 8);
    this.#head++;
    this.#poke(CQ_HEAD, this.#head);
    return result;
  }

  /** Closes the descriptor alone: what is mapped keeps the ring. */
  closeDescriptor(): void {
    libc().close(this.fd);
  }

  unmap(): void {
    libc().munmap(this.#rings, this.#ringBytes);
    libc().munmap(this.#entries, this.#entryBytes);
  }

  close(): void {
    this.unmap();
    this.closeDescriptor();
  }

  /** Sets the word that params names by its word `offset`. */
  #poke(offset: number, value: number): void {
    this.#word.i32[0] = value;
    libc().memcpy(this.#rings + this.#params.u32[offset]!, this.#word.address, 4);
  }

  #peek(offset: number): number {
    libc().memcpy(this.#word.address, this.#rings + offset, 4);
    return this.#word.i32[0]!;
  }
}
