import type { SimPoint } from '../machine/sim-point.js';
import { type ExploreOptions, type Failure, replay } from './explore.js';
import { type PageState, pageStates } from './page-states.js';
import type { Stage } from './scenario.js';
import type { ScheduleWatch } from './scheduler.js';

/** A choice among tasks that could continue. */
export interface StoryDecision {
  /** The number of the step, as `--replay` counts. */
  readonly position: number;
  readonly chosen: number;
  readonly options: readonly string[];
}

/** One event of a schedule, and the state right after it. */
export interface StoryEvent {
  /** A step begins or ends, its task reaches a point of the machine, or everything is idle. */
  readonly kind: 'begin' | 'point' | 'end' | 'rest';
  /** Empty of `rest`. */
  readonly task: string;
  readonly point?: SimPoint;
  /** The task within which this step runs; of `begin`. */
  readonly within?: string;
  /** The decision before this event: of `begin`, or of a `point` at which the task continued. */
  readonly decision?: StoryDecision;
  /** Virtual nanoseconds. */
  readonly now: number;
  /** The acts of the task in this step; of `end`, and empty for a migration. */
  readonly acts: readonly string[];
  /** The state of each page of each program. */
  readonly pages: readonly (readonly PageState[])[];
  /** The registered migrator. */
  readonly migrator: string | null;
  /** Read sections of the registry that are open. */
  readonly readers: number;
  /** New violations since the last event. */
  readonly broken: readonly string[];
}

/** A schedule, event by event. */
export interface Story {
  readonly tasks: readonly string[];
  readonly events: readonly StoryEvent[];
  /** Undefined when it violates nothing. */
  readonly failure: Failure | undefined;
}

/** Replays a schedule and records its events. */
export async function tellStory(
  options: Omit<ExploreOptions, 'schedules'>,
  choices: readonly number[],
): Promise<Story> {
  let teller: Teller | undefined;
  const failure = await replay(options, choices, (stage) => {
    teller = new Teller(stage);
    return teller;
  });
  teller!.rested();
  const { tasks, events } = teller!;
  return { tasks, events, failure };
}

class Teller implements ScheduleWatch {
  readonly events: StoryEvent[] = [];
  readonly #stage: Stage;
  readonly #known = new Set<string>();
  #acts: string[] = [];
  #decisions = 0;
  #decision: StoryDecision | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    const { programs } = stage;
    stage.onAct = (act) => this.#acts.push(act);
    for (const [i, program] of programs.entries()) {
      const whose = programs.length > 1 ? ` of program ${i + 1}` : '';
      program.onAct = (act) => this.#acts.push(act.replace(/page \d+/, (page) => page + whose));
    }
  }

  get tasks(): string[] {
    return this.#stage.tasks.map(({ name }) => name);
  }

  decided(options: readonly string[], chosen: number): void {
    this.#decision = { position: this.#decisions++, chosen, options };
    // At a point the task itself may continue. Then no step begins that could have the decision.
    const last = this.events.at(-1);
    if (last?.kind === 'point' && chosen === 0 && options[0] === last.task) {
      this.events[this.events.length - 1] = { ...last, ...this.#takeDecision() };
    }
  }

  began({ task, within }: { readonly task: string; readonly within?: string }): void {
    this.#add({ kind: 'begin', task, ...(within === undefined ? {} : { within }), ...this.#takeDecision() });
  }

  reached(task: string, point: SimPoint): void {
    this.#add({ kind: 'point', task, point });
  }

  ended(task: string): void {
    this.#add({ kind: 'end', task });
  }

  rested(): void {
    this.#add({ kind: 'rest', task: '' });
  }

  #takeDecision(): { readonly decision?: StoryDecision } {
    const decision = this.#decision;
    this.#decision = undefined;
    return decision === undefined ? {} : { decision };
  }

  #add(event: Pick<StoryEvent, 'kind' | 'task' | 'point' | 'within' | 'decision'>): void {
    const { sim, programs } = this.#stage;
    const acts = this.#acts;
    this.#acts = [];
    this.events.push({
      ...event,
      acts,
      now: sim.clock.now,
      pages: programs.map((program) => pageStates(sim, program)),
      migrator: sim.registry.active?.name ?? null,
      readers: sim.registry.readers,
      broken: this.#newlyBroken(),
    });
  }

  /** Violations that are wrong even in the middle of a schedule. */
  #newlyBroken(): string[] {
    const { sim, programs, migrators } = this.#stage;
    const found = [
      ...migrators.flatMap(({ name, violations }) => violations.map((violation) => `${name}: ${violation}`)),
      ...programs.flatMap(({ wrongReads }) => wrongReads),
      ...programs.flatMap((program) => {
        const pages = pageStates(sim, program);
        return pages.flatMap((state, page) =>
          state === 'wrong' ? [program.wrongContent(page, program.space.table[page]!)!] : [],
        );
      }),
    ];
    const fresh = found.filter((text) => !this.#known.has(text));
    for (const text of fresh) this.#known.add(text);
    return [...new Set(fresh)];
  }
}
