import type { Lane } from '../../../../engine/turns.js';
import { Turns } from '../../../../engine/turns.js';

/** A lane that takes no more turns stays among those that wait for room. */
export class KeepsReleased<T, L extends Lane<T>> extends Turns<T, L> {
  protected override leaveQueue(): void {
    // It has nothing to do when its turn comes.
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
