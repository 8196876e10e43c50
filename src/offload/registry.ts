import { describe } from '../common/describe-value.js';
import { MigrationError } from '../common/migration-error.js';
import type { FallbackCause } from '../mm/fallback-cause.js';
import { type MigrateReason, reasonBit } from '../mm/reason.js';
import type { Migrator } from './migrator.js';
import { Settings } from './settings.js';

/** A registered migrator, and the batches that still use it. */
export interface Registration {
  readonly migrator: Migrator;
}

interface Entry extends Registration {
  readers: number;
  /** Failed batches in a row, those not counted that were declined or refused. */
  failures: number;
  drained: (() => void) | undefined;
}

/** What became of one batch. */
export interface CopyReport {
  /** Folios that it copied, and folios that fell back. */
  readonly migrated: number;
  readonly failures: number;
  readonly failed: boolean;
  /** Why those fell back that did, or most of them. */
  readonly cause: FallbackCause;
  readonly why: string;
}

/** Who is told what becomes of the migrators of a registry. */
export interface RegistryWatch {
  /** Of every batch that a migrator was given. */
  reported?(migrator: Migrator, report: CopyReport): void;
  /** Of a migrator that was unregistered because it failed again and again, and why it failed last. */
  ejected?(migrator: Migrator, why: string): void;
}

/**
 * Which migrator copies (RFC patch 4): at most one is active, and it cannot go away under a batch.
 *
 * A batch brackets *both* the policy question and the copy with one `enter` / `leave` pair; `unregister`
 * takes the migrator out of the way of new batches at once, waits until the last batch that entered with it
 * has left (the grace period), and only then releases its owner.
 */
export class MigratorRegistry {
  #active: Entry | undefined;
  readonly #watch: RegistryWatch;
  /** Policy is the user's, not the driver's: `reason_mask`, `max_failures`. */
  readonly settings: Settings;

  constructor(settings: Settings = new Settings(), watch: RegistryWatch = {}) {
    this.settings = settings;
    this.#watch = watch;
  }

  /** The active migrator, if any. */
  get active(): Migrator | undefined {
    return this.#active?.migrator;
  }

  /** Batches that use the active migrator now. */
  get readers(): number {
    return this.#active?.readers ?? 0;
  }

  /**
   * Makes `migrator` the active one.
   * @throws MigrationError EINVAL without `offloadCopy` or a name, EBUSY when one is active already, ENODEV
   * when its owner is gone.
   */
  register(migrator: Migrator): void {
    const operation = 'registerMigrator';
    if (
      typeof migrator?.offloadCopy !== 'function' ||
      typeof migrator.name !== 'string' ||
      migrator.name === ''
    ) {
      throw new MigrationError('EINVAL', 'a migrator needs a name and an offloadCopy function', {
        operation,
        argument: 'migrator',
      });
    }
    this.checkFree();
    if (migrator.owner !== undefined && !migrator.owner.acquire()) {
      throw new MigrationError('ENODEV', `migrator: the owner of '${migrator.name}' was released`, {
        operation,
        argument: 'migrator',
      });
    }
    this.#active = { migrator, readers: 0, failures: 0, drained: undefined };
  }

  /** @throws MigrationError EBUSY, naming it, when a migrator is active. */
  checkFree(): void {
    if (this.#active === undefined) return;
    const { name } = this.#active.migrator;
    throw new MigrationError('EBUSY', `migrator: '${name}' is already active`, {
      operation: 'registerMigrator',
      argument: 'migrator',
      advice: `Only one migrator can be active. Unregister '${name}' first.`,
    });
  }

  /**
   * Takes the active migrator out and resolves after the grace period, when its owner has been released.
   * @throws MigrationError EINVAL when `name` is not the active migrator.
   */
  async unregister(name: string): Promise<void> {
    const entry = this.#active;
    if (entry === undefined || entry.migrator.name !== name) {
      const active = entry === undefined ? 'no migrator is' : `'${entry.migrator.name}' is`;
      throw new MigrationError('EINVAL', `name: migrator ${describe(name)} is not active; ${active}`, {
        operation: 'unregisterMigrator',
        argument: 'name',
      });
    }
    await this.#retire(entry);
  }

  /**
   * Counts what became of a batch. A migrator that fails too often in a row is unregistered: true when that has
   * just happened.
   */
  report(registration: Registration, report: CopyReport): boolean {
    const entry = registration as Entry;
    this.#watch.reported?.(entry.migrator, report);
    // A batch that was declined or refused says nothing either way: a device that hangs is refused in between.
    if (report.failed) entry.failures++;
    else if (report.migrated > 0) entry.failures = 0;
    if (entry.failures < this.settings.get('max_failures') || this.#active !== entry) return false;
    // Its owner is released when this batch, too, has left.
    this.#retire(entry).catch(() => undefined);
    this.#watch.ejected?.(entry.migrator, report.why);
    return true;
  }

  /** New batches run without it from here on; resolves when the last that uses it is over and its owner is released. */
  async #retire(entry: Entry): Promise<void> {
    this.#active = undefined;
    if (entry.readers > 0) {
      await new Promise<void>((resolve) => {
        entry.drained = resolve;
      });
    }
    await entry.migrator.owner?.release();
  }

  /**
   * Opens a read section for a batch that moves for `reason`. Returns undefined when nothing is to be
   * offloaded: then there is no section and nothing to leave.
   */
  enter(reason: MigrateReason): Registration | undefined {
    const entry = this.#active;
    if (entry === undefined || (this.settings.get('reason_mask') & reasonBit(reason)) === 0) return undefined;
    entry.readers++;
    return entry;
  }

  /** Closes the read section that `enter` opened. */
  leave(registration: Registration): void {
    const entry = registration as Entry;
    entry.readers--;
    if (entry.readers === 0) entry.drained?.();
  }
}
