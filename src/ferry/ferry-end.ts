import type { MigrationError } from '../common/migration-error.js';

/** How a ferry ends, for who wants to know. */
export class FerryEnd {
  readonly #promise: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #asked = false;

  constructor() {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A program that has never asked for it is not to end by an unhandled rejection.
    this.#promise.catch(() => undefined);
  }

  /** Who asks for it hears of a failure by it, and not by a process warning. */
  get promise(): Promise<void> {
    this.#asked = true;
    return this.#promise;
  }

  /** Closes the ferry. After a failure this changes nothing of what was told. */
  async after(close: () => Promise<void>): Promise<void> {
    try {
      await close();
      this.#resolve();
    } catch (error) {
      this.#reject(error);
      throw error;
    }
  }

  failed(error: MigrationError): void {
    this.#reject(error);
    if (!this.#asked) process.emitWarning(error.message, { code: 'PAGEFERRY_FAILED' });
  }
}
