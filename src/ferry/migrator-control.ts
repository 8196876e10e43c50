import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import type { Settings } from '../offload/settings.js';
import type { ParameterAccess, ParameterTree } from '../parameters/parameter-tree.js';
import type { Recorder } from '../trace/recorder.js';
import { ferryParameters, type ParameterHost } from './ferry-parameters.js';
import type { MigratorCounters } from './migrator-counters.js';
import { checkMigratorOption, type MigratorOption } from './migrator-options.js';
import type { Request } from './thread/protocol.js';

/** The part of a ferry that its migrator control uses. */
export interface MigratorHost {
  readonly batchBytes: number;
  /** @throws MigrationError when the ferry is closed or has failed. */
  checkOpen(operation: string): void;
  request(request: Request): Promise<unknown>;
}

/** The registered migrator of a ferry, and the ferry's parameters. */
export class MigratorControl {
  readonly #host: MigratorHost;
  readonly #tree: ParameterTree;
  #migrator: string | undefined;
  /** Number of registrations so far. */
  #registrations = 0;

  constructor(host: MigratorHost, settings: Settings, counters: MigratorCounters, recorder: Recorder) {
    this.#host = host;
    const parameters: ParameterHost = {
      settings,
      batchBytes: host.batchBytes,
      activeMigrator: () => this.#migrator,
      registerMigrator: async (option) => void (await this.register(option)),
      unregisterMigrator: (name) => this.unregister(name),
      changed: async () => void (await host.request({ op: 'settingsChanged' })),
      counter: (migrator, counter) => counters.get(migrator, counter),
      resetCounter: async (migrator, counter) =>
        void (await host.request({ op: 'resetCounter', migrator, counter })),
    };
    this.#tree = ferryParameters(parameters, (path, value) => recorder.parameter(path, value));
  }

  get active(): string | undefined {
    return this.#migrator;
  }

  get parameters(): ParameterAccess {
    return this.#tree;
  }

  async register(option: MigratorOption): Promise<string> {
    this.#host.checkOpen('registerMigrator');
    const migrator = checkMigratorOption(option);
    const name = (await this.#host.request({ op: 'register', migrator })) as string;
    this.#registrations++;
    this.#set(name);
    return name;
  }

  async unregister(name: string): Promise<void> {
    this.#host.checkOpen('unregisterMigrator');
    if (typeof name !== 'string') {
      throw invalidArgument('unregisterMigrator', 'name', `must be a string, not ${describe(name)}`);
    }
    const registration = this.#registrations;
    await this.#host.request({ op: 'unregister', name });
    // During the grace period another migrator may have been registered, even one of the same name.
    if (this.#registrations === registration) this.#set(undefined);
  }

  /** The registry has unregistered it after too many failed batches in a row. */
  ejected(name: string): void {
    if (this.#migrator === name) this.#set(undefined);
  }

  #set(name: string | undefined): void {
    this.#migrator = name;
    // Notifies the watchers now. They would otherwise see the change only with the next poll.
    this.#tree.poll();
  }
}
