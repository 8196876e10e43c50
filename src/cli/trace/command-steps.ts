import type { ChromeEvent } from '../../trace/chrome/chrome-event.js';

/** The command's process in a trace, and its rows. */
const PID = 0;
const COMMAND = 1;
const STEPS = 2;

/** The command in a trace: a row for all of it, and a row of its steps. */
export class CommandSteps {
  readonly #command: string;
  readonly #now: () => number;
  readonly #began: number;
  readonly #events: ChromeEvent[] = [];
  #stepBegan: number;

  /** @param now nanoseconds. */
  constructor(command: string, now: () => number) {
    this.#command = command;
    this.#now = now;
    this.#began = now();
    this.#stepBegan = this.#began;
  }

  get began(): number {
    return this.#began;
  }

  /** Ends a step, and begins the next. */
  over(name: string): void {
    const now = this.#now();
    this.#span(STEPS, name, this.#stepBegan, now);
    this.#stepBegan = now;
  }

  /** The first step begins now. */
  begin(): void {
    this.#stepBegan = this.#now();
  }

  /** The events, when the command has ended. */
  end(): ChromeEvent[] {
    this.#span(COMMAND, this.#command, this.#began, this.#now());
    const meta = (name: string, tid: number, value: string): ChromeEvent => ({
      name,
      ph: 'M',
      ts: 0,
      pid: PID,
      tid,
      args: { name: value },
    });
    return [
      meta('process_name', 0, 'pageferry'),
      meta('thread_name', COMMAND, 'command'),
      meta('thread_name', STEPS, 'steps'),
      ...this.#events,
    ];
  }

  #span(tid: number, name: string, from: number, to: number): void {
    const ts = Math.round(from - this.#began) / 1000;
    const dur = Math.round((Math.round(to - this.#began) / 1000 - ts) * 1000) / 1000;
    this.#events.push({ name, ph: 'X', ts, dur, pid: PID, tid });
  }
}
