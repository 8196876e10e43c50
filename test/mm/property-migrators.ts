import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';

/** An asynchronous migrator whose device comes to rest at once, only when it is told to, or never. */
class Holding extends SpyAsyncMigrator {
  readonly whenQuiet: () => Promise<void>;

  constructor(
    end: ConstructorParameters<typeof SpyAsyncMigrator>[0],
    quiet: Promise<void> | (() => Promise<void>),
  ) {
    super(end);
    this.whenQuiet = () => (typeof quiet === 'function' ? quiet() : quiet);
  }
}

/** Marks every folio, and copies some. Only to be used when copies are verified. */
function lie(list: CopyList, port: CopyPort): number {
  copySome(list, port, (i) => i % 2 === 0);
  list.copied.fill(1, 0, list.length);
  return 0;
}

function timeOut(list: CopyList, port: CopyPort, batch: number): number {
  copySome(list, port, (i) => (i + batch) % 4 === 0);
  for (let i = 0; i < list.length; i++) if ((i + batch) % 4 >= 2) list.quarantined[i] = 1;
  // A mark on a folio that a device may still write to counts for nothing.
  if (list.length > 3) list.copied.fill(1, 0, list.length);
  return -ERRNO.ETIMEDOUT;
}

/** Marks what is not held as copied only where it is: the others are held. */
function holdAll(list: CopyList): number {
  list.quarantined.fill(1, 0, list.length);
  return -ERRNO.ETIMEDOUT;
}

/** After some turns of the microtask queue: between two steps of a migration, if somebody awaits there. */
async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined;
}

const never = new Promise<void>(() => {});

export interface PropertyMigrator {
  readonly make: () => Migrator | undefined;
  /** Copies have to be verified. */
  readonly lies?: true;
  /** Its device never comes to rest. */
  readonly restless?: true;
}

/** Migrators that do their work, and migrators that go wrong in every way. */
export const PROPERTY_MIGRATORS: Readonly<Record<string, PropertyMigrator>> = {
  none: { make: () => undefined },
  cpu: { make: () => new CpuMigrator() },
  partial: {
    make: () => ({
      name: 'partial',
      offloadCopy: (list, port) => copySome(list, port, (i) => i % 3 !== 1),
    }),
  },
  declining: { make: () => ({ name: 'declining', offloadCopy: () => -ERRNO.EOPNOTSUPP }) },
  throwing: {
    make: () => ({
      name: 'throwing',
      offloadCopy: (list, port) => {
        copySome(list, port, (i) => i % 2 === 0);
        throw new Error('driver bug');
      },
    }),
  },
  forgetful: {
    make: () => ({
      name: 'forgetful',
      offloadCopy: (list, port) => {
        const result = copySome(list, port, () => true);
        list.copied.fill(0);
        return result;
      },
    }),
  },
  async: { make: () => new SpyAsyncMigrator() },
  'async, by turns': {
    make: () => {
      const spy = new SpyAsyncMigrator();
      let batch = 0;
      const offloadCopy = (list: CopyList, port: CopyPort): number => copySome(list, port, () => true);
      return {
        name: 'async',
        offloadCopy,
        startCopy: (list, port) => (++batch % 3 === 0 ? offloadCopy(list, port) : spy.startCopy(list, port)),
      };
    },
  },
  'async, throws at the end': {
    make: () =>
      new SpyAsyncMigrator((list, port, batch) => {
        copySome(list, port, (i) => i % 2 === 0);
        if (batch % 2 === 0) throw new Error('driver bug');
        return Number.NaN;
      }),
  },
  'async, throws at the start': {
    make: () => ({
      name: 'async',
      offloadCopy: () => 0,
      startCopy: () => {
        throw new Error('driver bug');
      },
    }),
  },
  'async, held, at rest at once': { make: () => new Holding(holdAll, Promise.resolve()) },
  'async, held, at rest later': { make: () => new Holding(holdAll, () => later(3)) },
  'async, partly held, at rest later': { lies: true, make: () => new Holding(timeOut, () => later(7)) },
  'async, held, never at rest': { restless: true, make: () => new Holding(holdAll, never) },
  'async, partly held': { lies: true, make: () => new Holding(timeOut, Promise.resolve()) },
  'async, held, says nothing of rest': { restless: true, make: () => new SpyAsyncMigrator(holdAll) },
  lying: { lies: true, make: () => ({ name: 'lying', offloadCopy: lie }) },
  'async, lying': { lies: true, make: () => new SpyAsyncMigrator(lie) },
};
