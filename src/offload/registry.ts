import { describe } from '../common/describe-value.js';
import { MigrationError } from '../common/migration-error.js';
import type { FallbackCause } from '../mm/fallback-cause.js';
import { type MigrateReason, reasonBit } from '../mm/reason.js';
import type { Migrator } from './migrator.js';
import { Settings } from './settings.js';

/** A registered migrator, with the number of batches that use it. */
export interface Registration {
  readonly migrator: Migrator;
}

interface Entry extends Registration {
  readers: number;
  /** Consecutive failed batches. Declined and refused batches do not count. */
  failures: number;
  drained: (() => void) | undefined;
}

export interface CopyReport {
  /** Folios that the migrator copied, and folios that fell back. */
  readonly migrated: number;
  readonly failures: number;
  readonly failed: boolean;
  /** The cause for most of the folios that fell back. */
  readonly cause: FallbackCause;
  readonly why: string;
}

/** Listeners for events of a registry's migrators. */
export interface RegistryWatch {
  /** Called for every batch that a migrator was given. */
  reported?(migrator: Migrator, report: CopyReport): void;
  /** Called for a migrator that was unregistered after repeated failures, with the cause of the last one. */
  ejected?(migrator: Migrator, why: string): void;
}

/**
 * The registered migrator (RFC patch 4). At most one is active, and it cannot disappear while a batch uses it.
 *
 * A batch encloses *both* the policy check and the copy in one `enter` / `leave` pair. `unregister` hides the migrator from
 * new batches at once. It waits until the last batch that entered with it has left (the grace period), and only then
 * releases its owner.
 */
export class MigratorRegistry {
  #active: Entry | undefined;
  readonly #watch: RegistryWatch;
  /** The user sets the policy, not the driver: `reason_mask`, `max_failures`. */
  readonly settings: Settings;

  constructor(settings: Settings = new Settings(), watch: RegistryWatch = {}) {
    this.settings = settings;
    this.#watch = watch;
  }

  get active(): Migrator | undefined {
    return this.#active?.migrator;
  }

  /** Batches that use the active migrator now. */
  get readers(): number {
    return this.#active?.readers ?? 0;
  }

  /**
   * Makes `migrator` the active one.
   * @throws MigrationError EINVAL without `offloadCopy` or a name, EBUSY if one is already active, ENODEV if its owner was
   * released.
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

  /** @throws MigrationError EBUSY that names the active migrator, if there is one. */
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
   * Removes the active migrator. Resolves after the grace period, when its owner has been released.
   * @throws MigrationError EINVAL if `name` is not the active migrator.
   */
  async unregister(name: string): Promise<void> {
    const entry = this.#active;
    if (entry === undefined || entry.migrator.name !== name) {
      const active = entry === undefined ? 'no migrator is' : `'${entry.migrator.name}' is`;
      throw new MigrationError('EINVAL', `name: migrator '${describe(name)}' is not active; ${active}`, {
        operation: 'unregisterMigrator',
        argument: 'name',
      });
    }
    await this.#retire(entry);
  }

  /** Counts the result of a batch. Returns true if it has just unregistered the migrator for too many failures in a row. */
  report(registration: Registration, report: CopyReport): boolean {
    const entry = registration as Entry;
    this.#watch.reported?.(entry.migrator, report);
    // A declined or refused batch neither counts nor resets: a device that hangs refuses batches between its failures.
    if (report.failed) entry.failures++;
    else if (report.migrated > 0) entry.failures = 0;
    if (entry.failures < this.settings.get('max_failures') || this.#active !== entry) return false;
    // The owner is released when this batch, too, has left.
    this.#retire(entry).catch(() => undefined);
    this.#watch.ejected?.(entry.migrator, report.why);
    return true;
  }

  /** Hides the migrator from new batches. Resolves when the last batch that uses it has ended and its owner is released. */
  async #retire(entry: Entry): Promise<void> {
    this.#active = undefined;
    if (entry.readers > 0) {
      await new Promise<void>((resolve) => {
        entry.drained = resolve;
      });
    }
    await entry.migrator.owner?.release();
  }

  /** Opens a read section for a batch. Returns undefined, without a section, if batches for `reason` are not offloaded. */
  enter(reason: MigrateReason): Registration | undefined {
    const entry = this.#active;
    if (entry === undefined || (this.settings.get('reason_mask') & reasonBit(reason)) === 0) return undefined;
    entry.readers++;
    return entry;
  }

  leave(registration: Registration): void {
    const entry = registration as Entry;
    entry.readers--;
    if (entry.readers === 0) entry.drained?.();
  }
}
