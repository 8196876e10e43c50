import type { Machine } from '../mm/ports/machine.js';
import type { OffloadPort, OffloadSession } from '../mm/ports/offload-port.js';
import { BatchCopy } from './batch-copy.js';
import type { MigratorRegistry } from './registry.js';

/** Copy offload for the pipeline: the registry's active migrator, under the settings. */
export class BatchOffload implements OffloadPort {
  readonly #registry: MigratorRegistry;
  readonly #machine: Machine;

  constructor(registry: MigratorRegistry, machine: Machine) {
    this.#registry = registry;
    this.#machine = machine;
  }

  get depth(): number {
    return this.#registry.settings.get('pipeline_depth');
  }

  session(): OffloadSession {
    return new BatchCopy(this.#registry, this.#machine);
  }
}
