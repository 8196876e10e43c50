import { MigrationError } from '../../../src/common/migration-error.js';
import type { ParameterHost, TunableMigratorOption } from '../../../src/ferry/ferry-parameters.js';
import type { CountedMigrator, MigratorCounter } from '../../../src/ferry/migrator-counters.js';
import { ALL_REASONS } from '../../../src/mm/reason.js';
import { type Setting, Settings } from '../../../src/offload/settings.js';

/** A ferry without memory: it has settings, counts, and one place for a migrator. */
export class FakeParameterHost implements ParameterHost {
  readonly settings = new Settings();
  readonly batchBytes = 2 ** 21;
  readonly registered: TunableMigratorOption[] = [];
  /** Settings that threads were told to follow. */
  readonly changes: Setting[] = [];
  readonly counts = new Map<string, number>();
  active: string | undefined;
  /** What unregistering waits for. */
  grace: Promise<void> = Promise.resolve();

  constructor() {
    const { settings } = this;
    settings.set('reason_mask', ALL_REASONS);
    settings.set('nr_dma_chan', 1);
    settings.set('mtcopy_threads', 4);
    settings.set('pipeline_depth', 2);
    settings.set('copy_timeout_ms', 10_000);
    settings.set('max_failures', 100);
  }

  activeMigrator(): string | undefined {
    return this.active;
  }

  async registerMigrator(option: TunableMigratorOption): Promise<void> {
    if (this.active !== undefined) {
      throw new MigrationError('EBUSY', `'${this.active}' is registered`, { operation: 'registerMigrator' });
    }
    this.registered.push(option);
    this.active = option.name;
  }

  async unregisterMigrator(name: CountedMigrator): Promise<void> {
    if (this.active !== name) {
      throw new MigrationError('EINVAL', `'${name}' is not registered`, { operation: 'unregisterMigrator' });
    }
    await this.grace;
    this.active = undefined;
  }

  async changed(setting: Setting): Promise<void> {
    this.changes.push(setting);
  }

  counter(migrator: CountedMigrator, which: MigratorCounter): number {
    return this.counts.get(`${migrator} ${which}`) ?? 0;
  }

  async resetCounter(migrator: CountedMigrator, which: MigratorCounter): Promise<void> {
    this.counts.delete(`${migrator} ${which}`);
  }
}
