import { ERRNO } from '../../common/errno.js';
import { setImmediate } from '../../common/host-timers.js';
import { systemError } from '../../common/system-error.js';
import { type Address, libc } from './libc.js';
import { type MappedRange, parseMaps, reservedEnd, whyUnmovable } from './proc-maps.js';
import { ProcmapQuery } from './procmap-query.js';
import { Scratch } from './scratch.js';

const O_CLOEXEC = 0o2000000;
/** The kernel writes whole lines, as many as fit a page. */
const TEXT_BYTES = 65536;
/** Average number of lines read per answer from kept text, so that the total time is linear in the number of answers. */
const LINES_PER_ANSWER = 16;

/**
 * Checks whether memory of this process can be migrated, in a time that does not grow with the number of mappings.
 *
 * From Linux 6.11 on it queries the mappings of the range alone (procmap-query.ts). Older kernels only have the text of all
 * mappings. That text is kept for a number of answers within one turn of the event loop, and only for answers that memory
 * can be migrated. Such an answer can be wrong only if native code has put another kind of memory there within the same
 * turn. Every refusal here comes from text that was just read.
 */
export class MemoryMap {
  /** Mappings that were queried, and bytes of text that were read. */
  queries = 0;
  bytesRead = 0;
  readonly #fd: number;
  readonly #query = new ProcmapQuery();
  readonly #text = new Scratch(TEXT_BYTES);
  #useText: boolean;
  #kept: readonly MappedRange[] = [];
  #answersLeft = 0;

  /**
   * Opens the descriptor, so that a process that runs out of descriptors later can still query.
   * @param useText Whether to read text, as on kernels before 6.11.
   * @throws MigrationError EMFILE, ENOENT, … if /proc/self/maps cannot be opened
   */
  constructor(operation: string, useText = false) {
    this.#useText = useText;
    const c = libc();
    this.#fd = c.open('/proc/self/maps', O_CLOEXEC);
    if (this.#fd < 0) throw systemError(c.errno(), 'cannot open /proc/self/maps', { operation });
  }

  /** Why a range cannot be migrated. Undefined if it can. */
  unmovableBecause(start: Address, end: Address): string | undefined {
    const movable = this.#useText ? this.#wasMovable(start, end) : this.#isMovable(start, end);
    if (movable) return undefined;
    this.#read();
    return whyUnmovable(this.#kept, start, end);
  }

  /** Bytes from `address` on, up to `limit`, that are reserved for memory: private, without a file, not accessible yet. */
  reservedBytesFrom(address: Address, limit: number): number {
    let reached = address;
    const query = this.#query;
    while (!this.#useText && reached < address + limit) {
      this.queries++;
      const error = query.at(this.#fd, reached);
      if (error !== 0 && error !== -ERRNO.ENOENT) this.#useText = true;
      else if (error !== 0 || !query.isReserved) break;
      else reached = query.end;
    }
    if (this.#useText) reached = this.#reservedEnd(address);
    return Math.min(reached - address, limit);
  }

  /** Number of mappings of the process, which vm.max_map_count limits. Reads all of them. */
  count(): number {
    this.#read();
    return this.#kept.length;
  }

  close(): void {
    libc().close(this.#fd);
  }

  #isMovable(start: Address, end: Address): boolean {
    const query = this.#query;
    for (let reached = start; reached < end; reached = query.end) {
      this.queries++;
      const error = query.at(this.#fd, reached);
      if (error === 0 && query.isPrivateMemory) continue;
      if (error !== 0 && error !== -ERRNO.ENOENT) this.#useText = true;
      return false;
    }
    return true;
  }

  #wasMovable(start: Address, end: Address): boolean {
    if (this.#answersLeft === 0) return false;
    this.#answersLeft--;
    return whyUnmovable(this.#kept, start, end) === undefined;
  }

  #reservedEnd(address: Address): Address {
    this.#read();
    return reservedEnd(this.#kept, address);
  }

  #read(): void {
    const c = libc();
    const bytes = Buffer.from(this.#text.u32.buffer);
    let text = '';
    c.lseek(this.#fd, 0, 0);
    for (;;) {
      const length = c.read(this.#fd, this.#text.address, TEXT_BYTES);
      if (length < 0) throw systemError(c.errno(), 'cannot read /proc/self/maps', { operation: 'adopt' });
      if (length === 0) break;
      this.bytesRead += length;
      text += bytes.toString('latin1', 0, length);
    }
    this.#kept = parseMaps(text, 0, Number.POSITIVE_INFINITY);
    this.#answersLeft = Math.ceil(this.#kept.length / LINES_PER_ANSWER);
    setImmediate(() => {
      this.#answersLeft = 0;
    }).unref();
  }
}
