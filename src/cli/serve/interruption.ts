const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Ctrl-C, or a polite end from elsewhere; once, as whoever presses it again means it. Keeps the process alive until `end`. */
export class Interruption {
  readonly happened: Promise<void>;
  #happen!: () => void;
  // What waits for a signal only does not keep a process alive.
  readonly #alive = setInterval(() => undefined, 2 ** 30);
  readonly #handle = () => {
    this.end();
    this.#happen();
  };

  constructor() {
    this.happened = new Promise((resolve) => {
      this.#happen = resolve;
    });
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  /** The signals do again what they do. */
  end(): void {
    clearInterval(this.#alive);
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  }
}
