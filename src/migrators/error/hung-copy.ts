import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList } from '../../offload/migrator.js';

/** A copy that was abandoned while its "device" could still write to the destinations. */
export class HungCopy {
  /** Resolves when the device does not write any more. */
  readonly quiet: Promise<void>;
  #resolve: () => void = () => {};
  readonly #dst: Uint32Array;
  readonly #order: Uint8Array;

  constructor(list: CopyList) {
    // The list's arrays are reused for the next batch.
    this.#dst = list.dst.slice(0, list.length);
    this.#order = list.order.slice(0, list.length);
    this.quiet = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * Writes the content of frame `src` into every page of the old destinations. The old sources cannot be used. Their
   * pages may be gone, and a thread that touches an empty slot of a pool waits forever.
   */
  scribble(port: CopyPort, src: number): void {
    for (const [i, dst] of this.#dst.entries()) {
      const pages = 1 << this.#order[i]!;
      for (let page = 0; page < pages; page++) port.copyFrames(dst + page, src, 1);
    }
    this.becomeQuiet();
  }

  becomeQuiet(): void {
    this.#resolve();
  }
}
