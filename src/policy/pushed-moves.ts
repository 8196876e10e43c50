import { describe } from '../common/describe-value.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import type { DecidedMoves, MoveSink } from './decided-moves.js';

const FIELDS = 5;

/**
 * The moves of a policy that is not trusted, exactly as it has pushed them: a `MoveList` would turn wrong numbers into
 * others. It takes one move more than there are units, so that a list which is too long is found.
 */
export class PushedMoves implements MoveSink, DecidedMoves {
  readonly #capacity: number;
  #figures: Float64Array;
  #reasons: string[] = [];
  #length = 0;

  constructor(units: number) {
    this.#capacity = units + 1;
    this.#figures = new Float64Array(FIELDS * this.#capacity);
  }

  /** @throws RangeError if there are more moves than units. */
  push(
    unit: number,
    target: number,
    reason: MigrateReason,
    priority: number,
    gainNs: number,
    costNs: number,
  ): void {
    if (this.#length === this.#capacity) throw new RangeError('there are more moves than units');
    const at = FIELDS * this.#length;
    const values: readonly unknown[] = [unit, target, priority, gainNs, costNs];
    for (let i = 0; i < FIELDS; i++) {
      const value = values[i];
      this.#figures[at + i] = typeof value === 'number' ? value : Number.NaN;
    }
    this.#reasons[this.#length++] = isReason(reason) ? reason : describe(reason);
  }

  /** The moves as data that can be posted to another thread. */
  toData(): PushedData {
    return { figures: this.#figures.slice(0, FIELDS * this.#length), reasons: this.#reasons };
  }

  /** Undefined if it is not what `toData` returns: the thread of the policy can post anything. */
  static from(data: unknown): PushedMoves | undefined {
    if (typeof data !== 'object' || data === null) return undefined;
    const { figures, reasons } = data as Partial<PushedData>;
    if (!(figures instanceof Float64Array) || !Array.isArray(reasons)) return undefined;
    if (figures.length !== FIELDS * reasons.length) return undefined;
    if (!reasons.every((reason) => typeof reason === 'string')) return undefined;
    const moves = new PushedMoves(reasons.length);
    moves.#figures = figures;
    moves.#reasons = reasons;
    moves.#length = reasons.length;
    return moves;
  }

  get length(): number {
    return this.#length;
  }

  unit(i: number): number {
    return this.#figures[FIELDS * i]!;
  }

  target(i: number): number {
    return this.#figures[FIELDS * i + 1]!;
  }

  reason(i: number): MigrateReason {
    return this.#reasons[i] as MigrateReason;
  }

  priority(i: number): number {
    return this.#figures[FIELDS * i + 2]!;
  }

  gainNs(i: number): number {
    return this.#figures[FIELDS * i + 3]!;
  }

  costNs(i: number): number {
    return this.#figures[FIELDS * i + 4]!;
  }
}

export interface PushedData {
  readonly figures: Float64Array;
  readonly reasons: string[];
}

function isReason(value: unknown): value is MigrateReason {
  return (MIGRATE_REASONS as readonly unknown[]).includes(value);
}
