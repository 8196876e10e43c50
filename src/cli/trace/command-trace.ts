import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Command } from 'commander';
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
import { UsageError } from '../ui/errors.js';
import { checkReportFile, STANDARD_OUTPUT, writing } from '../ui/json-file.js';
import { CommandSteps } from './command-steps.js';
import { writeTrace } from './write-trace.js';

/** Maximum events of all ferries and simulated machines, about 60 MB, which a browser can still show. */
const MAX_EVENTS = 500_000;
/** Maximum events of one simulated machine. Its ring is not read while it runs. */
const SIM_EVENTS = 65_536;

interface Recorded {
  readonly kept: () => number;
  /** Ends the recording, and returns its events. */
  readonly end: () => CollectedEvents;
  /** The time at which its clock starts. The clock of a simulated machine starts at 0. */
  readonly origin: number;
}

/** `--trace FILE`: one trace of everything that the command does. */
export class CommandTrace {
  #file: string | undefined;
  #command = '';
  #steps: CommandSteps | undefined;
  readonly #recorded: Recorded[] = [];
  #simulated: EventCollector | undefined;
  readonly #opened = (message: unknown): void => this.#add((message as { ferry: Ferry }).ferry);

  /** @throws UsageError when the file is not writable, before the command has done anything. */
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

  /** Starts the first step. */
  beginSteps(): void {
    this.#steps?.begin();
  }

  /** Ends a step, and starts the next. */
  step(name: string): void {
    this.#steps?.over(name);
  }

  /** Makes the recorder of a simulated machine; undefined without `--trace`. */
  readonly simulation: RecordSimulation = (name, now, about) => {
    if (!this.on) return undefined;
    // The machine before it has ended. Its ring is released.
    this.#simulated?.end();
    const ring = new EventRing(undefined, SIM_EVENTS);
    const collector = new EventCollector(new RingReader(ring), name, this.#left(), 0);
    this.#simulated = collector;
    this.#recorded.push({ kept: () => collector.kept, end: () => collector.end(), origin: 0 });
    return new Recorder(ring, now, about);
  };

  /** Writes the file, however the command has ended. */
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

  /** Events that may still be kept. At least one, so that dropped events are counted. */
  #left(): number {
    return Math.max(1, MAX_EVENTS - this.#recorded.reduce((sum, { kept }) => sum + kept(), 0));
  }
}

export const commandTrace: CommandTrace = new CommandTrace();

/** Begins the trace of `--trace FILE` before a command does. @throws UsageError when the file is not writable. */
export function beginTrace(program: Command, command: Command): void {
  const { trace } = program.opts<{ trace?: string }>();
  if (trace !== undefined) commandTrace.begin(trace, nameOf(command));
}

/** Such as `pageferry sim move`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}

/** @throws UsageError when `--trace` does not name a writable file. */
function checkTraceFile(file: string): void {
  if (file === STANDARD_OUTPUT || file === '') {
    throw new UsageError('--trace: needs a file name. Standard output carries the output of the command');
  }
  checkReportFile(file, '--trace');
}
