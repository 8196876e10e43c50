/** Whose tasks are done one after the other: a region. */
export interface Lane<T> {
  /** Spans that are registered while one of its tasks is in progress. */
  readonly spans: number;
  /** The first is in progress or is to begin; the others wait for it. */
  readonly tasks: T[];
}

/**
 * Whose turn it is. Tasks of one lane go one after the other, in the order of the calls; those of
 * different lanes take turns. Only so many spans are registered at once: the journal has to name each of them, and the
 * kernel keeps it apart from its neighbours, as a mapping of its own.
 */
export class Turns<T, L extends Lane<T>> {
  readonly #maxSpans: number;
  /** Lanes with a task in progress, in turn. */
  readonly #busy: L[] = [];
  /** Spans of those: at most `maxSpans`, unless one lane alone has more. */
  #busySpans = 0;
  /** Lanes whose first task is to begin when there is room among those. */
  readonly #waiting: L[] = [];

  constructor(maxSpans: number) {
    this.#maxSpans = maxSpans;
  }

  /** Somebody has a turn to take. */
  get any(): boolean {
    return this.#busy.length > 0;
  }

  /** Queues a task of a lane. */
  add(lane: L, task: T): void {
    lane.tasks.push(task);
    if (lane.tasks.length === 1) this.wait(lane);
  }

  /** The lane whose turn it is; `again` or `done` has to follow. */
  take(): L | undefined {
    return this.#busy.shift();
  }

  /** Its first task is not over yet: it has another turn when the others have had theirs. */
  again(lane: L): void {
    this.#busy.push(lane);
  }

  /** Its first task is over. */
  done(lane: L): void {
    lane.tasks.shift();
    this.giveRoom(lane);
    if (lane.tasks.length > 0) this.#waiting.push(lane);
    this.#admit();
  }

  /** The lane takes no more turns. Returns its tasks, none of which was answered. */
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

  /** The lane's first task begins as soon as there is room for it. */
  protected wait(lane: L): void {
    this.#waiting.push(lane);
    this.#admit();
  }

  /** The lane does not wait for room any more. */
  protected leaveQueue(lane: L): void {
    const at = this.#waiting.indexOf(lane);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Another lane may use its room. */
  protected giveRoom(lane: L): void {
    this.#busySpans -= lane.spans;
  }

  /** Lets lanes begin, in the order of the queue, as long as there is room. */
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
