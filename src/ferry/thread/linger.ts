import { Futex } from '../../linux/sys/futex.js';
import { type Address, libc } from '../../linux/sys/libc.js';
import { waitWhile } from '../../linux/sys/wait-word.js';
import { CONTROL_ASLEEP, CONTROL_MAIL } from './control.js';

/**
 * How long the migration thread stays awake for the next request after its last: nanoseconds. A caller that awaits one
 * migration before it asks for the next comes back within 50 to 200 µs. The event loop waits as long.
 */
const LINGER_NS = 1_000_000;

/**
 * Has the migration thread wait for requests on a word of shared memory instead of in its event loop. That wait ends a
 * few microseconds after the owner has written to the word. The event loop takes 25 to 50 µs.
 *
 * The futex is the kernel's own. `Atomics.wait` would take a lock that a program thread can hold (linux/sys/futex.ts).
 */
export class Linger {
  readonly #control: Int32Array;
  readonly #address: Address;
  readonly #futex = new Futex();

  constructor(control: Int32Array) {
    this.#control = control;
    this.#address = libc().addressOf(control);
  }

  /** Waits until CONTROL_MAIL is not `seen` any more, for about a millisecond. Returns whether it has changed. */
  waitForMail(seen: number): boolean {
    return (
      waitWhile(this.#control, CONTROL_MAIL, seen, CONTROL_ASLEEP, LINGER_NS, this.#futex, this.#address) !==
      seen
    );
  }
}

/** The owner's end: says that there is mail, and wakes a migration thread that sleeps for it. */
export class Doorbell {
  readonly #control: Int32Array;
  readonly #address: Address;
  readonly #futex = new Futex();

  constructor(control: Int32Array) {
    this.#control = control;
    this.#address = libc().addressOf(control);
  }

  /** To be called when the request can be taken. */
  ring(): void {
    Atomics.add(this.#control, CONTROL_MAIL, 1);
    if (Atomics.load(this.#control, CONTROL_ASLEEP) > 0) {
      this.#futex.wake(this.#address + CONTROL_MAIL * 4);
    }
  }
}
