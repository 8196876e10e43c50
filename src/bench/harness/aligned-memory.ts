import { PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigratableRange, Region } from '../../ferry/region.js';
import { type Address, libc } from '../../linux/sys/libc.js';
import { advise, MADV_DONTNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from '../../linux/sys/mman.js';
import { Pagemap } from '../../linux/sys/pagemap.js';

/** What one buffer holds less, as its words begin on a 2 MiB boundary. */
const ALIGNMENT_BYTES: number = PMD_SIZE;
/** One SharedArrayBuffer holds no more in every supported Node. */
export const MAX_ALIGNED_BYTES: number = 4 * 2 ** 30 - ALIGNMENT_BYTES;

/** A region of one buffer, of which the words used begin and end on 2 MiB boundaries. Its pages come with the first touch. */
export class AlignedMemory {
  readonly region: Region<SharedArrayBuffer>;
  readonly words: Int32Array;
  readonly address: Address;
  readonly bytes: number;
  /** What to migrate. */
  readonly range: MigratableRange;

  /** @param bytes A multiple of 2 MiB, at most MAX_ALIGNED_BYTES. */
  constructor(ferry: Ferry, bytes: number, folioSize: number, node: number) {
    this.region = ferry.allocate(bytes + ALIGNMENT_BYTES, { folioSize, node });
    const buffer = this.region.buffer;
    const start = libc().addressOf(new Uint8Array(buffer, 0, 1));
    this.address = Math.ceil(start / PMD_SIZE) * PMD_SIZE;
    const offset = this.address - start;
    this.bytes = bytes;
    this.range = { offset, length: bytes };
    this.words = new Int32Array(buffer, offset, bytes / Int32Array.BYTES_PER_ELEMENT);
  }

  /** Whether its pages may be huge ones, from now on, whatever is the rule of the host. */
  allowHuge(huge: boolean): void {
    advise(this.address, this.bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }

  /** Bytes of it that are mapped by 2 MiB entries; asked of the kernel. */
  hugeBytes(): number {
    let huge = 0;
    const pagemap = new Pagemap();
    pagemap.hugeRanges(this.address, this.bytes, (_, bytes) => {
      huge += bytes;
    });
    pagemap.close();
    return huge;
  }

  /** Gives the pages back at once, as the next memory needs the room. Only once the ferry is closed. */
  discard(): void {
    advise(this.address, this.bytes, MADV_DONTNEED);
  }
}
