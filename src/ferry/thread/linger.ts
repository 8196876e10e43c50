import { Futex } from '../../linux/sys/futex.js';
import { type Address, libc } from '../../linux/sys/libc.js';
import { waitWhile } from '../../linux/sys/wait-word.js';
import { CONTROL_ASLEEP, CONTROL_MAIL } from './control.js';

/**
 * Nanoseconds for which the migration thread stays awake after its last request. A caller that awaits each migration
 * sends the next request within 50 to 200 µs. Messages and timers of the thread wait for as long.
 */
const LINGER_NS = 1_000_000;

/** The word of shared memory that counts requests. */
class MailWord {
  protected readonly control: Int32Array;
  protected readonly address: Address;
  protected readonly futex = new Futex();

  constructor(control: Int32Array) {
    this.control = control;
    this.address = libc().addressOf(control);
  }
}

/**
 * Waits for requests on a word of shared memory, instead of in the thread's event loop. The thread sees the owner's
 * write after a few microseconds. The event loop takes 25 to 50 µs.
 *
 * The futex is the kernel's own. `Atomics.wait` would take a lock that a program thread can hold (linux/sys/futex.ts).
 */
export class Linger extends MailWord {
  /** Waits for about a millisecond until CONTROL_MAIL differs from `seen`. Returns whether it does. */
  waitForMail(seen: number): boolean {
    const { control, futex, address } = this;
    return waitWhile(control, CONTROL_MAIL, seen, CONTROL_ASLEEP, LINGER_NS, futex, address) !== seen;
  }
}

/** The owner's side: announces mail, and wakes the migration thread if it sleeps. */
export class Doorbell extends MailWord {
  /** Call it after the message was posted. */
  ring(): void {
    Atomics.add(this.control, CONTROL_MAIL, 1);
    if (Atomics.load(this.control, CONTROL_ASLEEP) > 0) this.futex.wake(this.address + CONTROL_MAIL * 4);
  }
}
