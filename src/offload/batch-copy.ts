import type { Batch } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import { FOLIO_UNMAPPED } from '../mm/folio-state.js';
import type { Machine } from '../mm/machine.js';
import type { OffloadPort } from '../mm/offload-port.js';
import type { MigrateReason } from '../mm/reason.js';
import type { MigrateStats } from '../mm/stats.js';
import type { CopyList } from './migrator.js';
import type { MigratorRegistry, Registration } from './registry.js';

/**
 * The batch copy of one migration (RFC patch 3): gathers the folios that may be batch-copied, calls the
 * active migrator within the registry's read section, and carries its marks back to the batch.
 */
export class BatchCopy implements OffloadPort {
  readonly #registry: MigratorRegistry;
  readonly #machine: Machine;
  #registration: Registration | undefined;
  #src = new Uint32Array(0);
  #dst = new Uint32Array(0);
  #order = new Uint8Array(0);
  #copied = new Uint8Array(0);
  /** Position in the batch of each folio of the copy list. */
  #index = new Uint32Array(0);

  constructor(registry: MigratorRegistry, machine: Machine) {
    this.#registry = registry;
    this.#machine = machine;
  }

  begin(reason: MigrateReason): boolean {
    this.#registration = this.#registry.enter(reason);
    return this.#registration !== undefined;
  }

  end(): void {
    const registration = this.#registration;
    this.#registration = undefined;
    if (registration !== undefined) this.#registry.leave(registration);
  }

  copy(batch: Batch, stats: MigrateStats): void {
    const migrator = this.#registration!.migrator;
    const length = this.#gather(batch);
    if (length === 0) return;
    const list: CopyList = {
      length,
      src: this.#src,
      dst: this.#dst,
      order: this.#order,
      copied: this.#copied,
    };
    let result: unknown;
    try {
      result = migrator.offloadCopy(list, this.#machine);
    } catch {
      // A migrator that throws has failed the batch; what it marked before is still true.
      result = -ERRNO.EIO;
    }
    let marked = 0;
    for (let i = 0; i < length; i++) {
      if (this.#copied[i] === 1) {
        batch.copied[this.#index[i]!] = 1;
        marked++;
      }
    }
    if (result === -ERRNO.EOPNOTSUPP) stats.add('declined_batches', 1);
    if (marked > 0) stats.add('offload_batches', 1);
    stats.add('offload_folios', marked);
    stats.add('fallbacks', length - marked);
  }

  #gather(batch: Batch): number {
    if (this.#src.length < batch.length) this.#allocate(batch.capacity);
    const { length, state, src, dst, order } = batch;
    let n = 0;
    for (let i = 0; i < length; i++) {
      if (state[i] !== FOLIO_UNMAPPED || !this.#machine.supportsBatchCopy(batch, i)) continue;
      this.#src[n] = src[i]!;
      this.#dst[n] = dst[i]!;
      this.#order[n] = order[i]!;
      this.#index[n] = i;
      n++;
    }
    this.#copied.fill(0, 0, n);
    return n;
  }

  #allocate(capacity: number): void {
    this.#src = new Uint32Array(capacity);
    this.#dst = new Uint32Array(capacity);
    this.#order = new Uint8Array(capacity);
    this.#copied = new Uint8Array(capacity);
    this.#index = new Uint32Array(capacity);
  }
}
