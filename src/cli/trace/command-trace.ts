import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Ferry } from '../../ferry/ferry.js';
import { FERRY_OPENED } from '../../ferry/ferry-opened.js';
import type { RecordSimulation } from '../../sim/record-simulation.js';
import { chromeTrace } from '../../trace/chrome/chrome-trace.js';
import type { CollectedEvents } from '../../trace/collected-events.js';
import { EventCollector } from '../../trace/event-collector.js';
import { EventRing } from '../../trace/event-ring.js';
import { hostClock } from '../../trace/host-clock.js';
import { Recorder } from '../../trace/recorder.js';
import { RingReader } from '../../trace/ring-reader.js';
import { writing } from '../ui/report-file.js';
import { checkTraceFile } from './check-trace-file.js';
import { CommandSteps } from './command-steps.js';
import { writeTrace } from './write-trace.js';

/** Events of all ferries and simulated machines together, so that a browser can still show them: some 60 MB. */
const MAX_EVENTS = 500_000;
/** Of one simulated machine: nobody empties its ring while it runs. */
const SIM_EVENTS = 65_536;

interface Recorded {
  readonly kept: () => number;
  /** What it has recorded; nothing is recorded afterwards. */
  readonly end: () => CollectedEvents;
  /** Simulated machines have a clock of their own, from 0 on. */
  readonly origin: number;
}

/** `--trace FILE` of one run of the command line: everything that it does goes into one trace. */
export class CommandTrace {
  #file: string | undefined;
  #command = '';
  #steps: CommandSteps | undefined;
  readonly #recorded: Recorded[] = [];
  #simulated: EventCollector | undefined;
  readonly #opened = (message: unknown): void => this.#add((message as { ferry: Ferry }).ferry);

  /** @throws UsageError when the file cannot be written to; nothing has been done then. */
  begin(file: string, command: string): void {
    checkTraceFile(file);
    this.#file = file;
    this.#command = command;
    this.#steps = new CommandSteps(command, hostClock());
    subscribe(FERRY_OPENED.name, this.#opened);
  }

  get on(): boolean {
    return this.#file !== undefined;
  }

  /** The steps of the command begin. */
  beginSteps(): void {
    this.#steps?.begin();
  }

  /** A step of the command is over. */
  step(name: string): void {
    this.#steps?.over(name);
  }

  /** What records a simulated machine; undefined when nothing is to be recorded. */
  readonly simulation: RecordSimulation = (name, now, about) => {
    if (!this.on) return undefined;
    // The one before is over: its ring is not kept.
    this.#simulated?.end();
    const ring = new EventRing(undefined, SIM_EVENTS);
    const collector = new EventCollector(new RingReader(ring), name, this.#left(), 0);
    this.#simulated = collector;
    this.#recorded.push({ kept: () => collector.kept, end: () => collector.end(), origin: 0 });
    return new Recorder(ring, now, about);
  };

  /** The command is over, however it ended: writes the file. */
  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    unsubscribe(FERRY_OPENED.name, this.#opened);
    const processes = this.#recorded.map(({ end, origin }) => ({ collected: end(), origin }));
    const about = { command: this.#command, clock: 'CLOCK_MONOTONIC; virtual time in simulations' };
    const trace = chromeTrace(processes, about, this.#steps!.end());
    writing('--trace', file, () => writeTrace(file, trace));
  }
  #add(ferry: Ferry): void {
    const trace = ferry.trace({ limit: this.#left() });
    const origin = this.#steps!.began;
    this.#recorded.push({ kept: () => trace.kept, end: () => trace.end(), origin });
  }

  /** Events that may still be kept; one at least, so that what is not kept is counted. */
  #left(): number {
    return Math.max(1, MAX_EVENTS - this.#recorded.reduce((sum, { kept }) => sum + kept(), 0));
  }
}

/** The one of this process. */
export const commandTrace: CommandTrace = new CommandTrace();
