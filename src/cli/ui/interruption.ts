/** Signals that end a program in order: Ctrl-C, kill(1), a closed terminal, and Ctrl-Backslash. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** The first of these signals. A second one ends the process. Keeps the process alive until `end`. */
export class Interruption {
  readonly happened: Promise<void>;
  #happen!: () => void;
  // A signal handler does not keep a process alive.
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

  /** Restores the signals' default action. */
  end(): void {
    clearInterval(this.#alive);
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  }
}
