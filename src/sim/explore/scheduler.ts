import type { SimPoint } from '../machine/sim-point.js';
import type { Simulation } from '../simulation.js';
import type { Chooser } from './chooser.js';
import type { Pause, Steps, Task, TraceStep } from './task.js';

/** Points at which other tasks may run. The points of a batch suffice, so those of single folios are left out. */
const POINTS: ReadonlySet<SimPoint> = new Set([
  'protect',
  'unmap',
  'left',
  'flush',
  'copy',
  'map',
  'undo',
  'unprotect',
  'pause',
  'wait',
]);

/** Turns of the microtask queue after which every promise that could settle has settled. */
const MICROTASK_TURNS = 12;
/** A schedule with more steps is taken for endless. */
const MAX_STEPS = 100_000;

/** Observes a schedule while it runs. It may read the stage, but not change it. */
export interface ScheduleWatch {
  /** One of several tasks was chosen. The first of them would have continued. */
  decided(options: readonly string[], chosen: number): void;
  began(step: TraceStep): void;
  /** The task has reached a point of the machine. */
  reached(task: string, point: SimPoint): void;
  /** A step has ended. Steps within it have ended before. */
  ended(task: string): void;
}

interface Running {
  readonly name: string;
  readonly steps: Steps;
  done: boolean;
  /** Whether the task is in the middle of a step. */
  active: boolean;
  ready: (() => boolean) | undefined;
}

/** The end of a schedule. */
export interface ScheduleEnd {
  /** Tasks that would sleep forever. */
  readonly asleep: readonly string[];
  /** Errors of tasks. No task should throw. */
  readonly thrown: readonly { readonly task: string; readonly error: unknown }[];
  readonly trace: readonly TraceStep[];
}

/**
 * Runs tasks, one step at a time, in the order that a chooser decides. While a task is at a point of the machine, another
 * task may make a whole step. At the end the hardware finishes.
 */
export class Scheduler {
  readonly #sim: Simulation;
  readonly #chooser: Chooser;
  readonly #tasks: Running[];
  readonly #thrown: { task: string; error: unknown }[] = [];
  readonly #trace: TraceStep[] = [];
  readonly #stack: Running[] = [];
  readonly #watch: ScheduleWatch | undefined;
  #promised = 0;
  #last: Running | undefined;

  constructor(sim: Simulation, chooser: Chooser, tasks: readonly Task[], watch?: ScheduleWatch) {
    this.#sim = sim;
    this.#watch = watch;
    this.#chooser = chooser;
    this.#tasks = tasks.map(({ name, steps }) => ({
      name,
      steps,
      done: false,
      active: false,
      ready: undefined,
    }));
    sim.machine.onPoint = (point) => this.#atPoint(point);
  }

  async run(): Promise<ScheduleEnd> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (this.#promised > 0) await settle();
      const ready = this.#ready();
      if (ready.length > 0) {
        this.#stepOneOf(ready);
        continue;
      }
      if (this.#tasks.every(({ done }) => done)) break;
      if (this.#sim.clock.step()) continue;
      // The hardware may have settled a promise.
      await settle();
      if (this.#ready().length === 0 && this.#sim.clock.pending === 0) break;
    }
    await this.#rest();
    const asleep = this.#tasks.filter(({ done }) => !done).map(({ name }) => name);
    return { asleep, thrown: this.#thrown, trace: this.#trace };
  }

  /** The hardware finishes its work, and promises settle. */
  async #rest(): Promise<void> {
    this.#sim.machine.onPoint = undefined;
    do {
      while (this.#sim.clock.step()) {
        // Until no event is left.
      }
      await settle();
    } while (this.#sim.clock.pending > 0);
  }

  #ready(): Running[] {
    const found: Running[] = [];
    for (const task of this.#tasks) {
      if (!task.done && !task.active && (task.ready === undefined || task.ready())) found.push(task);
    }
    return found;
  }

  #stepOneOf(ready: Running[]): void {
    // The last task continues, unless a preemption is decided.
    const last = this.#last === undefined ? -1 : ready.indexOf(this.#last);
    if (last > 0) {
      ready.copyWithin(1, 0, last);
      ready[0] = this.#last!;
    }
    const chosen = ready.length === 1 ? 0 : this.#chooser.choose(ready.length, last >= 0 ? 1 : ready.length);
    if (ready.length > 1) this.#watch?.decided(namesOf(ready), chosen);
    this.#step(ready[chosen]!, { task: ready[chosen]!.name });
  }

  #atPoint(point: SimPoint): void {
    const within = this.#stack.at(-1);
    if (within === undefined || !POINTS.has(point)) return;
    this.#watch?.reached(within.name, point);
    const ready = this.#ready();
    if (ready.length === 0) return;
    const chosen = this.#chooser.choose(ready.length + 1, 1);
    this.#watch?.decided([within.name, ...namesOf(ready)], chosen);
    if (chosen === 0) return;
    const task = ready[chosen - 1]!;
    this.#step(task, { task: task.name, within: within.name, point });
  }

  #step(task: Running, begun: TraceStep): void {
    this.#trace.push(begun);
    this.#watch?.began(begun);
    this.#last = task;
    task.active = true;
    this.#stack.push(task);
    try {
      const { done, value } = task.steps.next();
      if (done === true) task.done = true;
      else this.#pause(task, value);
    } catch (error) {
      task.done = true;
      this.#thrown.push({ task: task.name, error });
    } finally {
      this.#stack.pop();
      task.active = false;
      this.#watch?.ended(task.name);
    }
  }

  #pause(task: Running, pause: Pause): void {
    if (!(pause instanceof Promise)) {
      task.ready = pause;
      return;
    }
    let settled = false;
    const over = (): void => {
      settled = true;
      this.#promised--;
    };
    this.#promised++;
    pause.then(over, (error: unknown) => {
      this.#thrown.push({ task: task.name, error });
      over();
    });
    task.ready = () => settled;
  }
}

function namesOf(tasks: readonly Running[]): string[] {
  return tasks.map(({ name }) => name);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < MICROTASK_TURNS; turn++) await null;
}
