import type { WatchedHeat } from '../../ferry/heat.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import type { HeatMessage, SnapshotMessage } from '../messages.js';

/** Digits of the figures of a message. More would be noise. */
const DIGITS = 4;

export function heatMessage(region: number, { snapshot, workingSets, cost }: WatchedHeat): HeatMessage {
  const { rate, age, observations, known, written, recordPages, advice, ...rest } = snapshot;
  return {
    region,
    snapshot: {
      ...rest,
      rate: Array.from(rate, orNull),
      age: Array.from(age, orNull),
      observations: Array.from(observations, rounded),
      known: Array.from(known, roundedPart),
      written: Array.from(written, orNull),
      recordPages: Array.from(recordPages),
      advice: Array.from(advice),
    },
    workingSets,
    cost,
  };
}

/** The snapshot of a message, for the page. */
export function snapshotOf(message: SnapshotMessage): HeatSnapshot {
  const { rate, age, observations, known, written, recordPages, advice, ...rest } = message;
  return {
    ...rest,
    rate: Float32Array.from(rate, orNaN),
    age: Float32Array.from(age, orNaN),
    observations: Float32Array.from(observations),
    known: Float32Array.from(known),
    written: Float32Array.from(written, orNaN),
    recordPages: Uint16Array.from(recordPages),
    advice: Uint8Array.from(advice),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** 1 is only a whole unit. */
function roundedPart(part: number): number {
  return part < 1 ? Math.min(rounded(part), 1 - 10 ** -DIGITS) : 1;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : rounded(value);
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}
