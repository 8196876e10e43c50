import type { MigrationError } from '../common/migration-error.js';

export class FerryEnd {
  readonly #promise: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #read = false;

  constructor() {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // An unhandled rejection must not end a program that has never read the promise.
    this.#promise.catch(() => undefined);
  }

  /** Once this was read, a failure rejects the promise and does not become a process warning. */
  get promise(): Promise<void> {
    this.#read = true;
    return this.#promise;
  }

  /** Closes the ferry. After a failure this changes nothing. */
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
    if (!this.#read) process.emitWarning(error.message, { code: 'PAGEFERRY_FAILED' });
  }
}
