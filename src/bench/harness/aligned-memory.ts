import { PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigratableRange, Region } from '../../ferry/region.js';
import { type Address, libc } from '../../linux/sys/libc.js';
import { advise, MADV_DONTNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from '../../linux/sys/mman.js';
import { Pagemap } from '../../linux/sys/pagemap.js';

/** Bytes of one buffer (4 GiB in every supported Node), without the 2 MiB that alignment can cost. */
export const MAX_ALIGNED_BYTES: number = 4 * 2 ** 30 - PMD_SIZE;

/** The part of one buffer that is measured. */
interface Part extends MigratableRange {
  readonly words: Int32Array;
  readonly address: Address;
}

/**
 * A region whose measured parts begin and end on 2 MiB boundaries, so that every folio has the size that its row names.
 * Its pages come with the first touch.
 */
export class AlignedMemory {
  readonly region: Region<SharedArrayBuffer>;
  /** Bytes that are measured. */
  readonly bytes: number;
  protected readonly parts: readonly Part[];

  /** @param bytes A multiple of 2 MiB. */
  constructor(ferry: Ferry, bytes: number, folioSize: number, node: number) {
    const buffers = Math.ceil(bytes / MAX_ALIGNED_BYTES);
    this.region = ferry.allocate(bytes + buffers * PMD_SIZE, { folioSize, node });
    this.bytes = bytes;
    this.parts = alignedParts(this.region, bytes);
    // Some hosts give every large mapping huge pages. Rows of small folios would measure those.
    if (folioSize < PMD_SIZE) this.allowHuge(false);
  }

  /** The ranges to migrate. */
  get ranges(): readonly MigratableRange[] {
    return this.parts.map(({ offset, length }) => ({ offset, length }));
  }

  /** All of it, where `bytes` is at most MAX_ALIGNED_BYTES. */
  get words(): Int32Array {
    return this.parts[0]!.words;
  }

  /** The address of `words`. */
  get address(): Address {
    return this.parts[0]!.address;
  }

  /** Permits huge pages, or forbids them, whatever the host's setting is. */
  allowHuge(huge: boolean): void {
    for (const { address, length } of this.parts)
      advise(address, length, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }

  /** Bytes that the kernel maps by 2 MiB entries. */
  hugeBytes(): number {
    return PMD_SIZE * this.hugeAddresses().size;
  }

  /** Addresses of the huge pages. */
  hugeAddresses(): Set<number> {
    const found = new Set<number>();
    const pagemap = new Pagemap();
    for (const part of this.parts) {
      pagemap.hugeRanges(part.address, part.length, (address, bytes) => {
        for (let done = 0; done < bytes; done += PMD_SIZE) found.add(address + done);
      });
    }
    pagemap.close();
    return found;
  }

  /** Returns the pages now, as garbage collection would be too late for the next memory. Call it once the ferry is closed. */
  discard(): void {
    for (const { address, length } of this.parts) advise(address, length, MADV_DONTNEED);
  }
}

function alignedParts({ buffers }: Region<SharedArrayBuffer>, bytes: number): Part[] {
  const parts: Part[] = [];
  let base = 0;
  let missing = bytes;
  for (const buffer of buffers) {
    const start = libc().addressOf(new Uint8Array(buffer, 0, 1));
    const address = Math.ceil(start / PMD_SIZE) * PMD_SIZE;
    const skipped = address - start;
    const whole = Math.floor((buffer.byteLength - skipped) / PMD_SIZE) * PMD_SIZE;
    const length = Math.min(missing, whole);
    if (length > 0) {
      const words = new Int32Array(buffer, skipped, length / 4);
      parts.push({ words, address, offset: base + skipped, length });
    }
    missing -= length;
    base += buffer.byteLength;
  }
  return parts;
}
