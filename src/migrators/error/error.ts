import { ERRNO } from '../../common/errno.js';
import { invalidArgument } from '../../common/migration-error.js';
import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../../offload/migrator.js';
import { checkErrorOptions, type ErrorMigratorOptions, type Injection } from './error-options.js';
import { HungCopy } from './hung-copy.js';

export interface ErrorMigratorLimits {
  /** Milliseconds that a copy hangs. */
  readonly timeoutMs: () => number;
  /**
   * Sleeps on a thread that must neither use Atomics.wait nor return to its event loop. The default spins, which works
   * everywhere.
   */
  readonly sleep?: (milliseconds: number) => void;
}

type FolioFault = Extract<Injection, 'failFolio' | 'corrupt' | 'lie'>;

/** The folios of a batch that the inner migrator gets, and the faults of the others. */
interface Plan {
  readonly list: CopyList;
  /** Index in the batch's list of each folio of `list`. Undefined if the lists are the same. */
  readonly index: Uint32Array | undefined;
  readonly faults: ReadonlyMap<number, FolioFault>;
}

const NONSENSE: readonly unknown[] = [
  Number.NaN,
  'copied',
  7,
  undefined,
  -1.5,
  Number.NEGATIVE_INFINITY,
  null,
];

/**
 * `error`: a migrator that fails as often as its options say, and otherwise works as its inner migrator (after SPDK's
 * error accel module). It shows that no fault of a migrator loses a byte, if the pipeline verifies copies of migrators
 * that lie.
 */
export class ErrorMigrator implements Migrator {
  readonly name = 'error';
  readonly owner: MigratorOwner;
  /** Defined only if the inner migrator has it. */
  readonly startCopy?: (list: CopyList, port: CopyPort) => StartedCopy | number;
  readonly #inner: Migrator;
  readonly #options: ErrorMigratorOptions;
  readonly #timeoutMs: () => number;
  readonly #sleep: (milliseconds: number) => void;
  #batches = 0;
  #folios = 0;
  #nonsense = 0;
  #hung: HungCopy[] = [];
  /** The inner migrator has quarantined frames, and has no `whenQuiet` to release them. */
  #quarantinedForGood = false;

  /** @throws MigrationError EINVAL, with the name of the bad option. */
  constructor(inner: Migrator, options: ErrorMigratorOptions, limits: ErrorMigratorLimits) {
    checkErrorOptions(options);
    if (options.failThread !== undefined && inner.failNext === undefined) {
      throw invalidArgument('ErrorMigrator', 'options.failThread', `${inner.name} has no threads of its own`);
    }
    this.#inner = inner;
    this.#options = { ...options };
    this.#timeoutMs = limits.timeoutMs;
    this.#sleep = limits.sleep ?? spin;
    if (inner.startCopy !== undefined) this.startCopy = (list, port) => this.#start(list, port);
    this.owner = {
      acquire: () => inner.owner?.acquire() ?? true,
      release: () => {
        // No batch follows, so nothing would be written any more.
        for (const hung of this.#hung.splice(0)) hung.becomeQuiet();
        return inner.owner?.release();
      },
    };
  }

  offloadCopy(list: CopyList, port: CopyPort): number {
    const started = this.#start(list, port);
    return typeof started === 'number' ? started : started.finish();
  }

  async whenQuiet(): Promise<void> {
    if (this.#quarantinedForGood) await new Promise<never>(() => {});
    await Promise.all([...this.#hung.map((hung) => hung.quiet), this.#inner.whenQuiet?.()]);
  }

  #start(list: CopyList, port: CopyPort): StartedCopy | number {
    const batch = ++this.#batches;
    const hits = (injection: Injection): boolean => isNth(batch, this.#options[injection]);
    if (hits('decline') || hits('refuse')) {
      this.#scribble(list, port);
      return hits('decline') ? -ERRNO.EOPNOTSUPP : -ERRNO.ENODEV;
    }
    const copiesNothing = hits('throw') || hits('failBatch') || hits('hang');
    const plan = copiesNothing ? undefined : this.#plan(list);
    if (plan !== undefined && hits('failThread')) this.#inner.failNext!();
    const started = plan === undefined ? 0 : this.#startInner(plan.list, port);
    return {
      finish: () => {
        if (hits('delay')) this.#sleep(this.#options.delayMs!);
        if (hits('hang') && !hits('throw') && !hits('failBatch')) return this.#hang(list, port);
        try {
          if (hits('throw')) throw new Error(`injected into batch ${batch}`);
          if (plan === undefined) return -ERRNO.EIO;
          const result = this.#finish(list, port, plan, started);
          return hits('nonsense') ? (NONSENSE[this.#nonsense++ % NONSENSE.length] as number) : result;
        } finally {
          // After the copy, so that a destination that was reused too early stays wrong.
          this.#scribble(list, port);
        }
      },
    };
  }

  #startInner(list: CopyList, port: CopyPort): StartedCopy | number {
    if (this.#inner.startCopy !== undefined) return this.#inner.startCopy(list, port);
    return { finish: () => this.#inner.offloadCopy(list, port) };
  }

  /** Gives folios their faults. The inner migrator does not get those folios, so they are not copied by accident. */
  #plan(list: CopyList): Plan {
    const faults = new Map<number, FolioFault>();
    for (let i = 0; i < list.length; i++) {
      const folio = ++this.#folios;
      for (const fault of ['failFolio', 'corrupt', 'lie'] as const) {
        if (!faults.has(i) && isNth(folio, this.#options[fault])) faults.set(i, fault);
      }
    }
    if (faults.size === 0) return { list, index: undefined, faults };
    const index = Uint32Array.from({ length: list.length }, (_, i) => i).filter((i) => !faults.has(i));
    return {
      list: {
        length: index.length,
        src: Float64Array.from(index, (i) => list.src[i]!),
        dst: index.map((i) => list.dst[i]!),
        order: Uint8Array.from(index, (i) => list.order[i]!),
        copied: new Uint8Array(index.length),
        quarantined: new Uint8Array(index.length),
      },
      index,
      faults,
    };
  }

  /** Ends the inner copy, transfers its marks to the batch's list, and carries out the faults. */
  #finish(list: CopyList, port: CopyPort, plan: Plan, started: StartedCopy | number): number {
    let result = typeof started === 'number' ? started : started.finish();
    for (const [to, from] of plan.index?.entries() ?? []) {
      list.copied[from] = plan.list.copied[to]!;
      list.quarantined[from] = plan.list.quarantined[to]!;
    }
    if (this.#inner.whenQuiet === undefined && plan.list.quarantined.includes(1))
      this.#quarantinedForGood = true;
    if (typeof started === 'number' && started < 0) return result;
    for (const [i, fault] of plan.faults) {
      const error = fault === 'corrupt' ? copyWrongly(list, port, i) : fault === 'failFolio' ? -ERRNO.EIO : 0;
      if (error === 0) list.copied[i] = 1;
      else result = error;
    }
    return result;
  }

  #hang(list: CopyList, port: CopyPort): number {
    this.#scribble(list, port);
    this.#sleep(this.#timeoutMs());
    list.quarantined.fill(1, 0, list.length);
    this.#hung.push(new HungCopy(list));
    return -ERRNO.ETIMEDOUT;
  }

  #scribble(list: CopyList, port: CopyPort): void {
    if (list.length === 0) return;
    for (const hung of this.#hung.splice(0)) hung.scribble(port, list.src[0]!);
  }
}

function isNth(count: number, every: number | undefined): boolean {
  return every !== undefined && count % every === 0;
}

/** Fills a destination with wrong pages: the folio's own, shifted by one, or those of another folio. */
function copyWrongly(list: CopyList, port: CopyPort, index: number): number {
  const [dst, src, pages] = [list.dst[index]!, list.src[index]!, 1 << list.order[index]!];
  if (pages > 1) return port.copyFrames(dst, src + 1, pages - 1) || port.copyFrames(dst + pages - 1, src, 1);
  const other = index > 0 ? index - 1 : 1;
  // A small folio alone in its batch has no other, so it is left uncopied.
  return other < list.length ? port.copyFrames(dst, list.src[other]!, 1) : 0;
}

function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
