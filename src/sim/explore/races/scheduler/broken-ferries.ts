import { Engine, type EngineOptions, type EngineRegion, type EngineTask } from '../../../../engine/engine.js';
import type { MigrateJob } from '../../../../engine/migrate-job.js';
import type { Turns } from '../../../../engine/turns.js';
import { SimLiveMachine, type SimLiveParts } from '../../../machine/sim-live-machine.js';
import { SimFerry } from '../../sim-ferry.js';

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

/** Answers its mail as soon as it is there, also in the middle of a step. */
export class AnswersWithin extends SimFerry {
  protected override interrupted(): boolean {
    this.takeMail();
    return false;
  }
}

class FillsWhatIsOut extends SimLiveMachine {
  protected override isOut(): boolean {
    return false;
  }
}

/** Serves whoever waits for a page, also for one that is out. */
export class ServesEverybody extends SimFerry {
  protected override newMachine(parts: SimLiveParts): SimLiveMachine {
    return new FillsWhatIsOut(parts);
  }
}
