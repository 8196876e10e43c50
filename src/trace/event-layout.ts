import type { FerryEventKind } from './ferry-event.js';

/** Bytes of every event in the ring. */
export const EVENT_BYTES = 64;
export const EVENT_WORDS = EVENT_BYTES / 4;

/** The kinds in the order of their numbers. */
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
  'policy',
];

export const SHARE_OUTCOMES = ['done', 'failed', 'given-up'] as const;
export const MIGRATOR_ACTIONS = ['register', 'unregister', 'eject'] as const;
export const POLICY_ACTIONS = ['load', 'eject'] as const;

/** Words of an event: its sequence number, its head (see `headOf`), three doubles, and eight integers. */
export const SEQUENCE = 0;
export const HEAD = 1;
/** The doubles, as indices of doubles: time, duration and bytes. */
export const AT = 1;
export const NS = 2;
export const BYTES = 3;
/** The integers. The meaning of those without a name depends on the kind. */
export const BATCH = 8;
export const MIGRATION = 9;
export const A = 10;

/** Packs the kind and other fields of an event. `sub` is a phase, outcome, action, reason or cause. `name` has 16 bits. */
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
