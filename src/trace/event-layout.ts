import type { FerryEventKind } from './ferry-event.js';

/** Bytes of an event in the ring; every one is as long. */
export const EVENT_BYTES = 64;
export const EVENT_WORDS = EVENT_BYTES / 4;

/** In the order of their numbers. */
const EVENT_KINDS: readonly FerryEventKind[] = [
  'batch-begin',
  'phase',
  'batch',
  'share-begin',
  'share',
  'migration-begin',
  'migration',
  'migrator',
  'parameter',
  'pool',
];

export const SHARE_OUTCOMES = ['done', 'failed', 'given-up'] as const;
export const MIGRATOR_ACTIONS = ['register', 'unregister', 'eject'] as const;

/** Words of an event: its sequence number, what it is (see `headOf`), three doubles, and eight integers. */
export const SEQUENCE = 0;
export const HEAD = 1;
/** Doubles, as indices of doubles: when, how long, and bytes. */
export const AT = 1;
export const NS = 2;
export const BYTES = 3;
/** The integers; what those without a name of their own are depends on the kind. */
export const BATCH = 8;
export const MIGRATION = 9;
export const A = 10;

/** Of 16 bits: what an event has besides its kind. `sub` is its phase, outcome, action, reason or cause. */
export function headOf(kind: FerryEventKind, sub: number, slot: number, name: number): number {
  return KIND_NUMBER[kind] | (sub << 5) | (slot << 11) | (name << 16);
}

export function kindOf(head: number): FerryEventKind {
  return EVENT_KINDS[head & 31]!;
}

export function subOf(head: number): number {
  return (head >>> 5) & 63;
}

export function slotOf(head: number): number {
  return (head >>> 11) & 31;
}

export function nameOf(head: number): number {
  return head >>> 16;
}

const KIND_NUMBER = Object.freeze(
  Object.fromEntries(EVENT_KINDS.map((kind, number) => [kind, number])),
) as Readonly<Record<FerryEventKind, number>>;
