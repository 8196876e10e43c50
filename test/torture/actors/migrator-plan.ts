import type { Random } from '../../../src/common/random.js';
import type { CpuOption, DcbmOption, ErrorOption, MtcopyOption } from '../../../src/index.js';
import { between, oneIn, pick } from '../streams.js';

type Inner = CpuOption | DcbmOption | MtcopyOption;
type Faults = Omit<ErrorOption, 'name' | 'inner'>;

/** Who copies batches for a while. */
export interface Plan {
  readonly migrator:
    | { readonly kind: 'none' }
    | { readonly kind: 'plain'; readonly option: Inner }
    /** Registered by writing the parameter `offloading`. */
    | { readonly kind: 'parameter'; readonly name: 'dcbm' | 'mtcopy' }
    | { readonly kind: 'error'; readonly inner: Inner; readonly faults: Faults }
    /** A module whose faults are counted by itself. */
    | { readonly kind: 'injector'; readonly every: number; readonly throws: number }
    | { readonly kind: 'example' }
    /** A module that goes wrong as `how` says (test/ferry/fixtures/misbehaves.mjs). */
    | { readonly kind: 'misbehaves'; readonly how: string };
  /** It may say that it has copied what it has not, so that copies must be verified. */
  readonly lies: boolean;
  /** Verified all the same. */
  readonly verify: boolean;
  readonly milliseconds: number;
  /** Whether the next one does not wait for the end of the grace period. */
  readonly overlap: boolean;
}

const MISBEHAVIOURS = [
  'throws',
  'rejects',
  'throwsNothing',
  'hangs',
  'neverResolves',
  'positive',
  'nan',
  'text',
  'nothing',
  'badMarks',
  'lies',
  'exits',
  'crashesLater',
  'wakesLate',
];

export function planMigrator(random: Random): Plan {
  const { migrator, lies = false } = planKind(random);
  return {
    migrator,
    lies,
    verify: oneIn(random, 3),
    milliseconds: between(random, 20, 1200),
    overlap: oneIn(random, 3),
  };
}

function planKind(random: Random): { migrator: Plan['migrator']; lies?: boolean } {
  const inner = planInner(random);
  switch (random(20)) {
    case 0:
      return { migrator: { kind: 'none' } };
    case 1:
    case 2:
      return { migrator: { kind: 'plain', option: inner } };
    case 3:
      return { migrator: { kind: 'parameter', name: pick(random, ['dcbm', 'mtcopy']) } };
    case 4:
      if (inner.name !== 'cpu') {
        return { migrator: { kind: 'error', inner, faults: { failThread: between(random, 2, 9) } } };
      }
      return { migrator: { kind: 'example' } };
    case 5:
      return { migrator: { kind: 'misbehaves', how: pick(random, MISBEHAVIOURS) }, lies: true };
    case 6:
    case 7:
    case 8:
      return {
        migrator: { kind: 'injector', every: between(random, 1, 6), throws: pick(random, [0, 0, 5, 20]) },
      };
    case 9:
    case 10:
    case 11:
      return {
        migrator: { kind: 'error', inner: { name: 'cpu' }, faults: { failFolio: between(random, 1, 5) } },
      };
    case 12:
    case 13:
      return { migrator: { kind: 'error', inner, faults: { failFolio: between(random, 1, 5) } } };
    case 14:
    case 15: {
      const fault = pick(random, ['failBatch', 'throw', 'nonsense', 'decline', 'refuse'] as const);
      return { migrator: { kind: 'error', inner, faults: { [fault]: between(random, 1, 4) } } };
    }
    case 16:
    case 17: {
      const fault = pick(random, ['corrupt', 'lie'] as const);
      return { migrator: { kind: 'error', inner, faults: { [fault]: between(random, 1, 9) } }, lies: true };
    }
    case 18:
      return { migrator: { kind: 'error', inner, faults: { hang: between(random, 20, 60), failFolio: 7 } } };
    default: {
      const faults = {
        hang: 41,
        throw: 7,
        decline: 11,
        refuse: 13,
        failBatch: 5,
        nonsense: 8,
        failFolio: 3,
        corrupt: 10,
        lie: 11,
        delay: 9,
        delayMs: between(random, 1, 5),
      };
      return { migrator: { kind: 'error', inner, faults }, lies: true };
    }
  }
}

function planInner(random: Random): Inner {
  switch (random(4)) {
    case 0:
      return { name: 'cpu' };
    case 1:
      return { name: 'mtcopy', threads: between(random, 1, 4) };
    default:
      return { name: 'dcbm', channels: between(random, 1, 4) };
  }
}
