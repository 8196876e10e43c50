import { HintSource } from '../../../access/hint.js';
import { Engine, type EngineOptions, type EngineRegion, type EngineTask } from '../../../engine/engine.js';
import { MigrateJob } from '../../../engine/migrate-job.js';
import { type Lane, Turns } from '../../../engine/turns.js';
import { SimLiveMachine, type SimLiveParts } from '../../machine/sim-live-machine.js';
import { SimFerry } from '../sim-ferry.js';
import { SimWatch } from '../sim-watch.js';

/** A lane that takes no more turns stays among those that wait for room. */
export class KeepsReleased<T, L extends Lane<T>> extends Turns<T, L> {
  protected override leaveQueue(): void {
    // Left out.
  }
}

/** A lane that only waited gives back room that it never had. */
export class GivesTwice<T, L extends Lane<T>> extends Turns<T, L> {
  protected override leaveQueue(lane: L): void {
    super.leaveQueue(lane);
    this.giveRoom(lane);
  }
}

/** Does not wait for the task before it. */
export class StartsAtOnce<T, L extends Lane<T>> extends Turns<T, L> {
  override add(lane: L, task: T): void {
    super.add(lane.tasks.length === 0 ? lane : { ...lane, tasks: [] }, task);
  }
}

/** Returns only the task in progress of a lane that ends, and no waiting one. */
export class ForgetsQueued<T, L extends Lane<T>> extends Turns<T, L> {
  override remove(lane: L): readonly T[] {
    return super.remove(lane).slice(0, 1);
  }
}

/** Does not unregister the region when its caller stops it. */
export class StaysRegistered extends MigrateJob {
  protected override unregister(): void {
    if (!this.aborted) super.unregister();
  }
}

/** Does not resume merging when its caller stops it. */
export class ForgetsMerging extends MigrateJob {
  protected override resumeMerging(): void {
    if (!this.aborted) super.resumeMerging();
  }
}

/** A ferry whose engine schedules by broken turns. */
export function ferryWithTurns(
  Broken: new (maxSpans: number) => Turns<EngineTask, EngineRegion>,
): typeof SimFerry {
  class BrokenEngine extends Engine {
    protected override newTurns(maxSpans: number): Turns<EngineTask, EngineRegion> {
      return new Broken(maxSpans);
    }
  }
  return ferryWithEngine(BrokenEngine);
}

/** A ferry whose migrations are broken. */
export function ferryWithJobs(Broken: typeof MigrateJob): typeof SimFerry {
  class BrokenEngine extends Engine {
    protected override newMigration(...job: ConstructorParameters<typeof MigrateJob>): MigrateJob {
      return new Broken(...job);
    }
  }
  return ferryWithEngine(BrokenEngine);
}

function ferryWithEngine(Broken: new (options: EngineOptions) => Engine): typeof SimFerry {
  return class extends SimFerry {
    protected override newEngine(options: EngineOptions): Engine {
      return new Broken(options);
    }
  };
}

/** Replaces memory at once, even during a migration of the region. */
class ReplacesAtOnce extends Engine {
  protected override async queue<T>(
    region: EngineRegion,
    task: Pick<EngineTask, 'begin' | 'tell'>,
  ): Promise<T> {
    if (task.tell !== undefined) return super.queue(region, task);
    for (const _ of task.begin()) {
      // One step.
    }
    return undefined as T;
  }
}

export const FerryThatReplacesAtOnce: typeof SimFerry = ferryWithEngine(ReplacesAtOnce);

/** Takes mail as soon as it arrives, also in the middle of a step. */
export class AnswersWithin extends SimFerry {
  protected override interrupted(): boolean {
    this.takeMail();
    return false;
  }
}

class ForgetsWatches extends SimLiveMachine {
  protected override endWatch(): void {
    // Left out.
  }
}

/** A migration does not end the watch of its region. */
export class KeepsWatches extends SimFerry {
  protected override newMachine(parts: SimLiveParts): SimLiveMachine {
    return new ForgetsWatches(parts);
  }
}

class ArmsAlways extends SimLiveMachine {
  protected override isMigrating(): boolean {
    return false;
  }
}

/** A watch of marks begins although the region migrates. */
export class WatchesMigrations extends SimFerry {
  protected override newMachine(parts: SimLiveParts): SimLiveMachine {
    return new ArmsAlways(parts);
  }
}

/** A burst does not wait for its turn. */
class BurstsAtOnce extends Engine {
  #bursts = false;

  override observe(...watch: Parameters<Engine['observe']>): Promise<number> {
    this.#bursts = true;
    try {
      return super.observe(...watch);
    } finally {
      this.#bursts = false;
    }
  }

  protected override async queue<T>(
    region: EngineRegion,
    task: Pick<EngineTask, 'begin' | 'tell'>,
  ): Promise<T> {
    if (!this.#bursts) return super.queue(region, task);
    for (const _ of task.begin()) {
      // One step.
    }
    return 0 as T;
  }
}

export const FerryThatBurstsAtOnce: typeof SimFerry = ferryWithEngine(BurstsAtOnce);

class LeavesUnitsOut extends HintSource {
  override collect(): void {
    // Left out.
  }
}

class UnfinishedWatch extends SimWatch {
  protected override newSource(machine: SimLiveMachine): HintSource {
    return new LeavesUnitsOut(machine, machine.touches, 4);
  }
}

/** A burst ends, and its units stay unmapped. */
export class KeepsUnits extends SimFerry {
  protected override newWatch(...watch: ConstructorParameters<typeof SimWatch>): SimWatch {
    return new UnfinishedWatch(...watch);
  }
}

class FillsWhatIsOut extends SimLiveMachine {
  protected override isOut(): boolean {
    return false;
  }
}

/** Serves every waiting thread, also one that waits for a page in flight. */
export class ServesEverybody extends SimFerry {
  protected override newMachine(parts: SimLiveParts): SimLiveMachine {
    return new FillsWhatIsOut(parts);
  }
}
