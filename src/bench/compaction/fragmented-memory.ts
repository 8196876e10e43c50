import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { libc } from '../../linux/sys/libc.js';
import {
  advise,
  MADV_DONTNEED,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
} from '../../linux/sys/mman.js';

/** Anonymous memory of which every second page is free, and the others have a pattern. */
export class FragmentedMemory {
  readonly bytes: number;
  readonly #mapping: Mapping;
  readonly #words: Uint32Array;

  /** @throws MigrationError ENOMEM, without keeping memory. */
  constructor(bytes: number) {
    this.bytes = bytes;
    this.#mapping = reserve(bytes);
    const { address } = this.#mapping;
    this.#words = new Uint32Array(libc().view(address, bytes));
    advise(address, bytes, MADV_NOHUGEPAGE);
    const error = advise(address, bytes, MADV_POPULATE_WRITE);
    if (error !== 0) {
      this.release();
      throw new MigrationError(-error, `--bytes: failed to allocate ${bytes} bytes`, {
        operation: 'bench compaction',
        argument: '--bytes',
        advice: 'Use a smaller --bytes.',
      });
    }
    for (let page = 0; page < bytes / PAGE_SIZE; page++) {
      if (isKept(page)) this.#fill(page);
      else advise(address + page * PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED);
    }
  }

  /** Kept pages whose pattern has changed. */
  countWrong(): number {
    let wrong = 0;
    for (let page = 0; page < this.bytes / PAGE_SIZE; page++) {
      if (!isKept(page)) continue;
      const first = (page * PAGE_SIZE) / 4;
      const last = first + PAGE_SIZE / 4 - 1;
      if (this.#words[first] !== patternOf(page) || this.#words[last] !== patternOf(page)) wrong++;
    }
    return wrong;
  }

  release(): void {
    libc().madvise(this.#mapping.address, this.bytes, MADV_DONTNEED);
    this.#mapping.unmap();
  }

  #fill(page: number): void {
    const first = (page * PAGE_SIZE) / 4;
    this.#words.fill(patternOf(page), first, first + PAGE_SIZE / 4);
  }
}

function isKept(page: number): boolean {
  return page % 2 === 1;
}

function patternOf(page: number): number {
  return (Math.imul(page + 1, 0x9e3779b1) | 1) >>> 0;
}
