import type { OwnMigrator } from '../../../src/migrator.js';

export interface InjectorOptions {
  /** Every nth folio is neither copied nor marked. */
  readonly every: number;
  /** Every nth batch throws, with nothing copied; 0: none. */
  readonly throws: number;
  /** One Int32: the folios that were not copied. */
  readonly ledger: SharedArrayBuffer;
}

/** A module that does not copy all that it should, and counts what it did not. */
export function createMigrator({ every, throws, ledger }: InjectorOptions): OwnMigrator {
  const injected = new Int32Array(ledger);
  let batches = 0;
  let folios = 0;
  return {
    name: 'injector',
    offloadCopy({ length, src, dst, order, copied }, port) {
      if (throws > 0 && ++batches % throws === 0) {
        Atomics.add(injected, 0, length);
        throw new Error('injected');
      }
      let failed = 0;
      for (let i = 0; i < length; i++) {
        if (++folios % every === 0 || port.copyFrames(dst[i]!, src[i]!, 1 << order[i]!) !== 0) failed++;
        else copied[i] = 1;
      }
      Atomics.add(injected, 0, failed);
      return failed > 0 ? -5 : 0;
    },
  };
}
