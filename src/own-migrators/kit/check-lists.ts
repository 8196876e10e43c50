import { MAX_ORDER } from '../../common/page.js';
import type { CheckFolio } from './check-memory.js';

/**
 * A list that a migrator is tried with. Some resemble batches. Others provoke mistakes in merging neighbours, dividing
 * lists and walking them. Frame 0 is never used. The frames around the folios must not change.
 */
export interface CheckList {
  /** Completes the sentence "copies …". */
  readonly name: string;
  readonly folios: readonly CheckFolio[];
}

/** First frame of the sources. */
const SRC = 8;

/** `count` folios of one order. `src` and `dst` return their positions, in units of folios. */
function folios(
  count: number,
  order: number,
  src: (i: number) => number,
  dst: (i: number) => number,
): CheckFolio[] {
  const size = 2 ** order;
  const places = Array.from({ length: count }, (_, i) => [src(i), dst(i)] as const);
  const start = SRC + (Math.max(-1, ...places.map(([place]) => place)) + 1) * size + 8;
  return places.map(([from, to]) => ({ src: SRC + from * size, dst: start + to * size, order }));
}

/** Folios of these orders, each adjacent to the previous one. */
function sideBySide(orders: readonly number[]): CheckFolio[] {
  const pages = orders.reduce((sum, order) => sum + 2 ** order, 0);
  let next = SRC;
  return orders.map((order) => {
    const src = next;
    next += 2 ** order;
    return { src, dst: src + pages + 8, order };
  });
}

const same = (i: number): number => i;
const gap = (i: number): number => i * 2;
/** The even positions first, then the odd ones. */
const dealt = (count: number) => (i: number) =>
  i < Math.ceil(count / 2) ? i * 2 : (i - Math.ceil(count / 2)) * 2 + 1;
/** Each position once, none next to the previous one (37 and 64 have no common divisor). */
const scattered = (i: number): number => (i * 37) % 64;
const ORDERS = Array.from({ length: MAX_ORDER + 1 }, (_, order) => order);

export const EMPTY_LIST: CheckList = { name: 'an empty list', folios: [] };

export const CHECK_LISTS: readonly CheckList[] = [
  ...ORDERS.map((order) => ({ name: `one folio of order ${order}`, folios: folios(1, order, same, same) })),
  { name: 'every order in one list, the smallest first', folios: sideBySide(ORDERS) },
  { name: 'every order in one list, the largest first', folios: sideBySide([...ORDERS].reverse()) },
  { name: 'orders in turn', folios: sideBySide([0, 3, 0, 0, 5, 1, 2, 0, 9, 0, 4, 4, 7]) },
  { name: '64 neighbours', folios: folios(64, 0, same, same) },
  {
    name: '64 neighbours, the last first',
    folios: folios(
      64,
      0,
      (i) => 63 - i,
      (i) => 63 - i,
    ),
  },
  { name: 'neighbours whose destinations go down', folios: folios(64, 0, same, (i) => 63 - i) },
  { name: 'neighbours whose sources go down', folios: folios(64, 0, (i) => 63 - i, same) },
  { name: 'sources that are neighbours, destinations that are not', folios: folios(32, 1, same, gap) },
  { name: 'destinations that are neighbours, sources that are not', folios: folios(32, 1, gap, same) },
  { name: 'folios with gaps on both sides', folios: folios(32, 2, gap, gap) },
  { name: 'two interleaved runs', folios: folios(33, 0, dealt(33), dealt(33)) },
  { name: 'scattered sources', folios: folios(64, 0, scattered, same) },
  { name: 'scattered destinations', folios: folios(64, 3, same, scattered) },
  { name: '513 folios', folios: folios(513, 0, same, same) },
  {
    name: '513 scattered folios',
    folios: folios(
      513,
      0,
      (i) => (i * 200) % 513,
      (i) => (i * 100) % 513,
    ),
  },
];

/** Fewer folios than threads or channels, and numbers that do not divide evenly. */
export const FEW_FOLIOS: readonly CheckList[] = Array.from({ length: 35 }, (_, i) => ({
  name: `${i + 1} folios`,
  folios: folios(i + 1, i % 3, same, i % 2 === 0 ? same : gap),
}));
