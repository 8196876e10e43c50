import { PAGE_SIZE } from '../../common/page.js';
import { advise, MADV_DONTNEED, MADV_POPULATE_WRITE, type Mapping, reserve } from '../sys/mman.js';

/** The kernel drops all cached translations, and not single ones, for a range of so many bytes (arm64: 2 MiB; x86: 132 KiB). */
const FLUSHED_BYTES = 4 * 1024 * 1024;

/**
 * The translations that the processors have cached for this process. A processor sets the accessed bit of a page table entry
 * only when it walks the page table. So after the bits are cleared without a flush, the cached ones must go.
 */
export class CachedTranslations {
  readonly #memory: Mapping = reserve(FLUSHED_BYTES);

  /** Makes every processor that runs this process forget them. */
  drop(): void {
    const { address } = this.#memory;
    advise(address, PAGE_SIZE, MADV_POPULATE_WRITE);
    advise(address + FLUSHED_BYTES - PAGE_SIZE, PAGE_SIZE, MADV_POPULATE_WRITE);
    advise(address, FLUSHED_BYTES, MADV_DONTNEED);
  }

  close(): void {
    this.#memory.unmap();
  }
}
