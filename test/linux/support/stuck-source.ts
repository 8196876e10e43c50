import { libc } from '../../../src/linux/sys/libc.js';
import { reserve } from '../../../src/linux/sys/mman.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { PAGE } from './memory.js';

/** How long a thread may wait for a CPU on a busy host. */
const PATIENCE_MS = 60_000;

/**
 * A page that is not there, in a range whose readers wait: whoever copies from it sleeps until `fill`, as a thread
 * does that gets no processor for so long.
 */
export class StuckSource {
  readonly #pagemap = new Pagemap();
  readonly #uffd = Userfaultfd.open(this.#pagemap);
  readonly #mapping = reserve(PAGE);
  #seen = false;

  constructor() {
    const error = this.#uffd.register(this.#mapping.address, PAGE);
    if (error !== 0) throw new Error(`register: ${error}`);
  }

  get address(): number {
    return this.#mapping.address;
  }

  /** Returns when a thread sleeps on the page. */
  await(): void {
    const until = performance.now() + PATIENCE_MS;
    while (!this.#seen) {
      if (performance.now() > until) throw new Error('no thread has read the page');
      this.#uffd.resolveHoles(() => {
        this.#seen = true;
        return true;
      });
    }
  }

  /** Puts content into the page; its readers go on. */
  fill(content: Uint8Array): void {
    const page = new Uint8Array(new SharedArrayBuffer(2 * PAGE));
    const address = libc().addressOf(page);
    const aligned = Math.ceil(address / PAGE) * PAGE;
    page.set(content.subarray(0, PAGE), aligned - address);
    const error = this.#uffd.copyPage(this.#mapping.address, aligned);
    if (error !== 0) throw new Error(`copyPage: ${error}`);
  }

  /** Whoever still sleeps reads zeros. */
  close(): void {
    this.#uffd.close();
    this.#pagemap.close();
    this.#mapping.unmap();
  }
}
