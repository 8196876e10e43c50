import { ERRNO, errnoName } from '../../common/errno.js';
import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, StartedCopy } from '../../offload/migrator.js';
import type { OwnMigrator } from '../contract.js';
import { type CheckFolio, CheckMemory, CheckPort } from './check-memory.js';

/**
 * A migrator of either kind.
 *
 * @see {@link OwnMigrator} for an example
 */
export type AnyMigrator = Migrator | OwnMigrator;

/**
 * `declined`: the migrator returned -EOPNOTSUPP and copied nothing, which is permitted.
 *
 * @see {@link migratorChecks} for an example
 */
export type CheckOutcome = 'passed' | 'declined';

/** Entries after the end of the list, as left over from an earlier batch. */
const LEFT_OVER = 3;

/** The arrays of a list. They are longer than it, and are refilled like the engine's. */
export class CheckArrays {
  readonly src: Float64Array;
  readonly dst: Uint32Array;
  readonly order: Uint8Array;
  readonly copied: Uint8Array;
  readonly quarantined: Uint8Array;

  constructor(capacity: number) {
    this.src = new Float64Array(capacity + LEFT_OVER);
    this.dst = new Uint32Array(capacity + LEFT_OVER);
    this.order = new Uint8Array(capacity + LEFT_OVER);
    this.copied = new Uint8Array(capacity + LEFT_OVER);
    this.quarantined = new Uint8Array(capacity + LEFT_OVER);
  }

  fill(folios: readonly CheckFolio[]): void {
    // Entries after the list: frames that must not be touched, and marks that must not change.
    this.src.fill(1);
    this.dst.fill(2);
    this.order.fill(0);
    this.copied.fill(0, 0, folios.length).fill(1, folios.length);
    this.quarantined.fill(0);
    for (const [i, folio] of folios.entries()) {
      this.src[i] = folio.src;
      this.dst[i] = folio.dst;
      this.order[i] = folio.order;
    }
  }
}

/** One list with its memory and its result. */
export class CheckRun {
  readonly #folios: readonly CheckFolio[];
  readonly #arrays: CheckArrays;
  readonly #memory: CheckMemory;
  readonly #port: CheckPort;
  /** Errnos of source frames that cannot be read. */
  readonly #unreadable: ReadonlyMap<number, number>;
  readonly #list: CopyList;
  #started: StartedCopy | number = 0;
  #result: unknown;

  constructor(
    folios: readonly CheckFolio[],
    unreadable: ReadonlyMap<number, number> = new Map(),
    arrays = new CheckArrays(folios.length),
  ) {
    this.#folios = folios;
    this.#unreadable = unreadable;
    this.#arrays = arrays;
    const frames = Math.max(SPARE, ...folios.map(({ src, dst, order }) => Math.max(src, dst) + 2 ** order));
    this.#memory = new CheckMemory(frames + SPARE, folios.length);
    this.#port = new CheckPort(this.#memory, folios, unreadable);
    arrays.fill(folios);
    this.#list = { length: folios.length, ...arrays };
  }

  /** Calls the migrator, with or without a promise. */
  async copy(migrator: AnyMigrator, isOwn: boolean): Promise<void> {
    const { quarantined, ...ownList } = this.#list;
    // The engine's list has a field more than that of a module's thread, and its port a method less.
    const result: unknown = isOwn
      ? (migrator as OwnMigrator).offloadCopy(ownList, this.#port)
      : migrator.offloadCopy({ ...ownList, quarantined }, this.#port);
    if (!(result instanceof Promise)) this.#port.end();
    this.#result = await result;
    this.#port.end();
  }

  start(migrator: Migrator): void {
    this.#started = migrator.startCopy!(this.#list, this.#port satisfies CopyPort);
  }

  finish(): void {
    this.#result = typeof this.#started === 'number' ? this.#started : this.#started.finish();
    this.#port.end();
  }

  /** @throws Error that describes what the migrator did wrong. */
  async judge(): Promise<CheckOutcome> {
    const { length } = this.#folios;
    const { copied, quarantined } = this.#arrays;
    const result = this.#result;
    // Calls after the end of the batch happen by now, and are recorded as violations.
    await new Promise((resolve) => setImmediate(resolve));
    this.#expect(this.#port.violations.length === 0, this.#port.violations[0]!);
    this.#expect(
      typeof result === 'number' && Number.isInteger(result) && result <= 0,
      `it returned ${show(result)}, which is neither 0 nor a negative errno`,
    );
    this.#judgeArrays();
    for (const [i, folio] of this.#folios.entries()) {
      this.#expect(copied[i]! <= 1 && quarantined[i]! <= 1, `folio ${i} has a mark that is neither 0 nor 1`);
      const isReadable = !this.#isUnreadable(folio);
      this.#expect(isReadable || copied[i] === 0, `folio ${i} is marked, but could not be read`);
      if (copied[i] === 1) this.#memory.expectCopy(folio);
      else this.#memory.expectAnything(folio);
    }
    this.#judgeMemory();
    const marked = copied.subarray(0, length).reduce((sum, mark) => sum + mark, 0);
    if (result === -ERRNO.EOPNOTSUPP && marked === 0) return 'declined';
    const readable = this.#folios.filter((folio) => !this.#isUnreadable(folio)).length;
    if (readable === length) {
      this.#expect(result === 0, `it returned ${show(result)} although every folio can be copied`);
    }
    const missing = this.#folios.findIndex((folio, i) => copied[i] === 0 && !this.#isUnreadable(folio));
    this.#expect(missing < 0, `folio ${missing} of ${length} can be copied, but is not marked`);
    return 'passed';
  }

  #judgeArrays(): void {
    const { length } = this.#folios;
    const fresh = new CheckArrays(this.#arrays.src.length - LEFT_OVER);
    fresh.fill(this.#folios);
    for (const name of ['src', 'dst', 'order'] as const) {
      const changed = this.#arrays[name].findIndex((value, i) => value !== fresh[name][i]);
      this.#expect(changed < 0, `it wrote to list.${name}[${changed}]`);
    }
    for (const name of ['copied', 'quarantined'] as const) {
      const changed = this.#arrays[name].findIndex((value, i) => i >= length && value !== fresh[name][i]);
      this.#expect(changed < 0, `it wrote to list.${name}[${changed}], beyond the list's ${length} folios`);
    }
  }

  #judgeMemory(): void {
    const [frame] = this.#memory.wrongFrames();
    if (frame === undefined) return;
    const isIn = (first: number, order: number): boolean => frame >= first && frame < first + 2 ** order;
    const source = this.#folios.findIndex(({ src, order }) => isIn(src, order));
    this.#expect(source < 0, `the source of folio ${source} was changed`);
    const i = this.#folios.findIndex(({ dst, order }) => isIn(dst, order));
    this.#expect(
      i < 0,
      `folio ${i} of order ${this.#folios[i]?.order} is marked, but its destination has other content`,
    );
    throw new Error(`frame ${frame}, which belongs to no folio of the list, was changed`);
  }

  #isUnreadable({ src, order }: CheckFolio): boolean {
    for (const frame of this.#unreadable.keys()) {
      if (frame >= src && frame < src + 2 ** order) return true;
    }
    return false;
  }

  #expect(isSo: boolean, otherwise: string): void {
    if (!isSo) throw new Error(otherwise);
  }
}

/** Frames after the last folio, which must not change. */
const SPARE = 8;

function show(result: unknown): string {
  if (typeof result !== 'number') return `${typeof result} ${String(result)}`;
  return Number.isInteger(result) && result < 0 ? `-${errnoName(-result)}` : String(result);
}
