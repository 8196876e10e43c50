import { MigrationError } from '../mm/migration-error.js';
import { ALL_REASONS, type MigrateReason, reasonBit } from '../mm/reason.js';
import type { Migrator } from './migrator.js';

/** A registered migrator, and the batches that still use it. */
export interface Registration {
  readonly migrator: Migrator;
}

interface Entry extends Registration {
  readers: number;
  drained: (() => void) | undefined;
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
  /** Bits of the reasons for which batches are offloaded. Policy is the user's, not the driver's. */
  reasonMask = ALL_REASONS;

  /** The active migrator, if any. */
  get active(): Migrator | undefined {
    return this.#active?.migrator;
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
    if (this.#active !== undefined) {
      const name = this.#active.migrator.name;
      throw new MigrationError('EBUSY', `migrator '${name}' is active`, {
        operation,
        argument: 'migrator',
        advice: `Unregister '${name}' first: one migrator is active at a time.`,
      });
    }
    if (migrator.owner !== undefined && !migrator.owner.acquire()) {
      throw new MigrationError('ENODEV', `the owner of migrator '${migrator.name}' is gone`, {
        operation,
        argument: 'migrator',
      });
    }
    this.#active = { migrator, readers: 0, drained: undefined };
  }

  /**
   * Takes the active migrator out and resolves after the grace period, when its owner has been released.
   * @throws MigrationError EINVAL when `name` is not the active migrator.
   */
  async unregister(name: string): Promise<void> {
    const entry = this.#active;
    if (entry === undefined || entry.migrator.name !== name) {
      const active = entry === undefined ? 'none is' : `'${entry.migrator.name}' is`;
      throw new MigrationError('EINVAL', `migrator '${name}' is not active; ${active}`, {
        operation: 'unregisterMigrator',
        argument: 'name',
      });
    }
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
    if (entry === undefined || (this.reasonMask & reasonBit(reason)) === 0) return undefined;
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
