import type { BatchEvent } from '../ferry-event.js';
import type { ChromeArguments } from './chrome-event.js';

export class Counters {
  #bytes = 0;
  #moved = 0;
  #failed = 0;
  readonly #fallbacks: Record<string, number> = {};

  /** The counters that a batch has changed, with their values after it. */
  after({ bytes, moved, failed, fellBack, cause }: BatchEvent): [name: string, values: ChromeArguments][] {
    this.#bytes += bytes;
    this.#moved += moved;
    this.#failed += failed;
    const changed: [string, ChromeArguments][] = [
      ['bytes moved', { bytes: this.#bytes }],
      ['folios', { moved: this.#moved, failed: this.#failed }],
    ];
    if (cause !== undefined) {
      this.#fallbacks[cause] = (this.#fallbacks[cause] ?? 0) + fellBack;
      changed.push(['fallbacks', { ...this.#fallbacks }]);
    }
    return changed;
  }
}
