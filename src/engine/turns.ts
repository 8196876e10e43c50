/** A queue of tasks that run one after the other: a region. */
export interface Lane<T> {
  /** Spans that are registered while one of its tasks is in progress. */
  readonly spans: number;
  /** The first is in progress or begins next. The others wait for it. */
  readonly tasks: T[];
}

/**
 * Decides whose turn it is. Tasks of one lane run one after the other, in the order of the calls. Those of different lanes
 * take turns. The number of spans that are registered at once is limited. The journal has to name each of them, and the
 * kernel keeps each as a mapping of its own.
 */
export class Turns<T, L extends Lane<T>> {
  readonly #maxSpans: number;
  /** Lanes with a task in progress, in the order of their turns. */
  readonly #busy: L[] = [];
  /** Their spans: `maxSpans` at most, unless one lane alone has more. */
  #busySpans = 0;
  /** Lanes whose first task begins when there is room for their spans. */
  readonly #waiting: L[] = [];

  constructor(maxSpans: number) {
    this.#maxSpans = maxSpans;
  }

  get any(): boolean {
    return this.#busy.length > 0;
  }

  add(lane: L, task: T): void {
    lane.tasks.push(task);
    if (lane.tasks.length === 1) this.wait(lane);
  }

  /** The lane whose turn it is. `again` or `done` has to follow. */
  take(): L | undefined {
    return this.#busy.shift();
  }

  /** The lane's first task has not ended. It gets another turn after the others. */
  again(lane: L): void {
    this.#busy.push(lane);
  }

  /** The lane's first task has ended. */
  done(lane: L): void {
    lane.tasks.shift();
    this.giveRoom(lane);
    if (lane.tasks.length > 0) this.#waiting.push(lane);
    this.#admit();
  }

  /** Ends the lane's turns. Returns its tasks, none of which was answered. */
  remove(lane: L): readonly T[] {
    const tasks = lane.tasks.splice(0);
    if (tasks.length === 0) return tasks;
    const at = this.#busy.indexOf(lane);
    if (at >= 0) {
      this.#busy.splice(at, 1);
      this.giveRoom(lane);
    } else {
      this.leaveQueue(lane);
    }
    this.#admit();
    return tasks;
  }

  /** Begins the lane's first task as soon as there is room for its spans. */
  protected wait(lane: L): void {
    this.#waiting.push(lane);
    this.#admit();
  }

  /** Removes the lane from the lanes that wait for room. */
  protected leaveQueue(lane: L): void {
    const at = this.#waiting.indexOf(lane);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Frees the lane's room for others. */
  protected giveRoom(lane: L): void {
    this.#busySpans -= lane.spans;
  }

  /** Begins waiting lanes in the order of the queue, while there is room. */
  #admit(): void {
    for (;;) {
      const lane = this.#waiting[0];
      if (lane === undefined) return;
      if (this.#busy.length > 0 && this.#busySpans + lane.spans > this.#maxSpans) return;
      this.#waiting.shift();
      this.#busy.push(lane);
      this.#busySpans += lane.spans;
    }
  }
}
