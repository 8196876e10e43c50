import type { Region } from '../../../src/index.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { PAGE_OCCUPIED, Pagemap } from '../../../src/linux/sys/pagemap.js';
import { PAGE } from './fixture.js';

/** Addresses and page tables, so that a test can see what it must not touch. */
export class PageTables {
  readonly #pagemap = new Pagemap();

  /** Address of the first byte of memory. */
  addressOf(memory: ArrayBuffer | SharedArrayBuffer): number {
    return libc().addressOf(new Uint8Array(memory, 0, 1));
  }

  /** How many migratable pages of a region over `memory` are there. */
  occupied(region: Region, memory: ArrayBuffer | SharedArrayBuffer): number {
    const start = this.addressOf(memory);
    let count = 0;
    for (const { offset, length } of region.migratable) {
      const bits = new Uint8Array(512);
      for (let done = 0; done < length / PAGE; done += 512) {
        const pages = Math.min(512, length / PAGE - done);
        this.#pagemap.read(start + offset + done * PAGE, pages, bits);
        for (let i = 0; i < pages; i++) if ((bits[i]! & PAGE_OCCUPIED) !== 0) count++;
      }
    }
    return count;
  }

  /** Bytes of memory that are write-protected by a userfaultfd. */
  protectedBytes(memory: ArrayBuffer | SharedArrayBuffer): number {
    const first = Math.ceil(this.addressOf(memory) / PAGE) * PAGE;
    let sum = 0;
    this.#pagemap.protectedRanges(first, Math.floor(memory.byteLength / PAGE) * PAGE - PAGE, (_, bytes) => {
      sum += bytes;
    });
    return sum;
  }

  /** Bytes of memory that are mapped by 2 MiB entries. */
  hugeBytes(memory: ArrayBuffer | SharedArrayBuffer): number {
    const first = Math.ceil(this.addressOf(memory) / PAGE) * PAGE;
    return this.hugeBytesAt(first, Math.floor(memory.byteLength / PAGE) * PAGE - PAGE);
  }

  hugeBytesAt(address: number, bytes: number): number {
    let sum = 0;
    this.#pagemap.hugeRanges(address, bytes, (_, huge) => {
      sum += huge;
    });
    return sum;
  }

  close(): void {
    this.#pagemap.close();
  }
}
