import fc from 'fast-check';
import { ERRNO } from '../../src/common/errno.js';
import { MIGRATE_MODES } from '../../src/mm/mode.js';
import { MIGRATE_REASONS } from '../../src/mm/reason.js';
import type { Fault, SilentCall } from '../machine/fake-machine.js';
import { PROPERTY_MIGRATORS } from './property-migrators.js';
import { FIRST, PAGES } from './scenario.js';

/** A folio of a list: `inGap` for one that lies on the target and may move along. */
export interface Listed {
  readonly page: number;
  readonly order: number;
  readonly inGap: 0 | 1;
}

export const BREAK = 'break';

const order = fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(9) });
const page = fc.nat(PAGES - 1).map((offset) => FIRST + offset);

/** Folios that do not overlap, with gaps between them, in order or not. */
const apart: fc.Arbitrary<Listed[]> = fc
  .array(
    fc.record({
      order: fc.oneof({ weight: 3, arbitrary: order }, { weight: 1, arbitrary: fc.constant(0) }),
      gap: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
      inGap: fc.oneof(
        { weight: 5, arbitrary: fc.constant<0 | 1>(0) },
        { weight: 1, arbitrary: fc.constant<0 | 1>(1) },
      ),
    }),
    { maxLength: 60 },
  )
  .map((shapes) => {
    const list: Listed[] = [];
    let next = FIRST;
    for (const { order, gap, inGap } of shapes) {
      const size = 1 << order;
      const page = Math.ceil((next + gap) / size) * size;
      if (page + size > FIRST + PAGES) continue;
      list.push({ page, order, inGap });
      next = page + size;
    }
    return list;
  })
  .chain((list) => fc.oneof(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));

/** A row of folios of one size, as a region without holes gives: what can be done at a stroke. */
const row: fc.Arbitrary<Listed[]> = fc
  .record({ order: fc.nat(5), first: fc.nat(63), length: fc.nat(500) })
  .map(({ order, first, length }) => {
    const start = FIRST + (first << order);
    const room = Math.floor((FIRST + PAGES - start) >> order);
    return Array.from({ length: Math.max(0, Math.min(length, room)) }, (_, i) => ({
      page: start + (i << order),
      order,
      inGap: 0 as const,
    }));
  });

/** Folios that may overlap, in one batch or in several; also the same one again and again. */
const overlapping: fc.Arbitrary<Listed[]> = fc.array(
  fc.record({ page, order: fc.nat(6) }).map(({ page, order }) => ({
    page: page - (page % (1 << order)),
    order,
    inGap: 0 as const,
  })),
  { maxLength: 80 },
);

/** One thing that goes wrong: at `step`, for the pages from `first` on, `times` times each. */
const trouble = fc.record({
  step: fc.constantFrom('isolate', 'take', 'protect', 'unmap', 'copy', 'map'),
  first: page,
  pages: fc.constantFrom(1, 8, PAGES),
  times: fc.constantFrom(1, 2, 9, 10, 1000),
  errno: fc.oneof(
    { weight: 6, arbitrary: fc.constant<number | typeof BREAK>(ERRNO.EAGAIN) },
    {
      weight: 6,
      arbitrary: fc.constantFrom<number | typeof BREAK>(
        ERRNO.EIO,
        ERRNO.EFAULT,
        ERRNO.EHWPOISON,
        ERRNO.EBUSY,
      ),
    },
    { weight: 1, arbitrary: fc.constant<number | typeof BREAK>(BREAK) },
  ),
});

/** The machine breaks in a call that has no answer to give, the n-th of its kind. */
const collapse = fc.record({
  call: fc.constantFrom<SilentCall>(
    'putback',
    'drop',
    'flush',
    'undo',
    'quarantine',
    'pause',
    'compare',
    'ask',
    'verifyProtection',
    'beginCutover',
    'unprotect',
  ),
  nth: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 60 })),
});

/** Steps of the machine in the middle of which others do something. */
export const EVENTS = [
  'protect',
  'flush',
  'copy',
  'beginCutover',
  'verifyProtection',
  'unmap',
  'map',
  'undo',
  'unprotect',
  'pause',
] as const;

export type Event = (typeof EVENTS)[number];

/** Until its folio is looked at for the last time a page may lose its protection, or be given back and come anew. */
export const BEFORE_VERIFICATION: readonly Event[] = [
  'protect',
  'flush',
  'copy',
  'beginCutover',
  'verifyProtection',
];

/**
 * What somebody else does to a page, in the middle of the n-th step of its kind: a thread writes it, a device writes it by
 * a pin, it loses its protection and a thread writes it, or the program gives it back and touches it anew.
 */
const deed = fc.record({
  event: fc.constantFrom(...EVENTS),
  nth: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })),
  how: fc.oneof(
    { weight: 4, arbitrary: fc.constant<'write' | 'pin' | 'lose' | 'renew'>('write') },
    { weight: 3, arbitrary: fc.constantFrom<'write' | 'pin' | 'lose' | 'renew'>('pin', 'lose', 'renew') },
  ),
  folio: fc.nat(60),
  part: fc.nat(511),
});

export type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

type Collapse = typeof collapse extends fc.Arbitrary<infer T> ? T : never;

type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

export const scene = fc.record({
  list: fc.oneof(
    { weight: 4, arbitrary: apart },
    { weight: 2, arbitrary: row },
    { weight: 2, arbitrary: overlapping },
  ),
  /** Whether the machine does runs at a stroke. */
  runs: fc.boolean(),
  absent: fc.uniqueArray(page, { maxLength: 12 }),
  busy: fc.uniqueArray(page, { maxLength: 3 }),
  movableOps: fc.uniqueArray(page, { maxLength: 20 }),
  troubles: fc.array(trouble, { maxLength: 6 }),
  collapses: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Collapse[]>([]) },
    { weight: 1, arbitrary: fc.array(collapse, { minLength: 1, maxLength: 2 }) },
  ),
  room: fc.oneof(fc.constant(2 * PAGES), fc.nat(PAGES)),
  migrator: fc.constantFrom(...Object.keys(PROPERTY_MIGRATORS)),
  reason: fc.constantFrom(...MIGRATE_REASONS),
  reasonMask: fc.constantFrom(1023, 0, 0b0101010101),
  mode: fc.constantFrom(...MIGRATE_MODES),
  batchPages: fc.constantFrom(1, 7, 64, 512, 262144),
  pipelineDepth: fc.integer({ min: 1, max: 4 }),
  verify: fc.boolean(),
  maxFailures: fc.constantFrom(1, 3, 1_000_000),
  writeProtected: fc.option(
    fc.record({ pages: fc.constantFrom(1, 3, 16, 64, 512, 262144), compare: fc.boolean() }),
    { nil: undefined, freq: 3 },
  ),
  deeds: fc.array(deed, { maxLength: 12 }),
  /** Whether others get a turn between two steps: devices come to rest then. */
  turns: fc.boolean(),
});

export type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

export function faultOf(troubles: readonly Trouble[], step: Trouble['step']): Fault {
  const mine = troubles.filter((trouble) => trouble.step === step);
  return (page, attempt, order) => {
    const hit = mine.find(
      ({ first, pages, times }) => page >= first && page < first + pages && attempt <= times,
    );
    if (hit === undefined) return 0;
    if (hit.errno === BREAK) throw new Error('the machine broke');
    // A node's only complaint is that it is full; a small hiccup of it concerns large folios only.
    if (step === 'take') return order > 0 || hit.times === 1000 ? ERRNO.ENOMEM : 0;
    return hit.errno;
  };
}
