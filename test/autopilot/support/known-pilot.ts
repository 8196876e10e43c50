import assert from 'node:assert/strict';
import type {
  Autopilot,
  AutopilotOptions,
  AutopilotReport,
  Ferry,
  NodeOption,
  Region,
} from '../../../src/index.js';
import { fill } from '../../ferry/support/content.js';
import { HUGE, until, whereAll } from '../../ferry/support/fixture.js';
import type { KnownHeat } from './known-heat.js';

const UNITS = 8;
const MAX_EPOCHS = 200;
export const FAST_UNITS = 3;
export const NODES: readonly NodeOption[] = [
  { id: 0, numaNode: 0, capacityBytes: (FAST_UNITS + 1.5) * HUGE },
  { id: 1, numaNode: 0 },
];
export const OPTIONS: AutopilotOptions = {
  accessNs: [100, 1000],
  epochMs: 10,
  headroom: 0.25,
  actuators: { hugePages: false, pageOut: false },
  bytesPerSecond: 2 ** 32,
  cpuShare: 1,
};

/** Lets it do so many epochs. */
export async function epochs(autopilot: Autopilot, heat: KnownHeat, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = autopilot.report().epochs;
    heat.step();
    await until(() => autopilot.report().epochs > before || autopilot.report().state !== 'running');
    assert.equal(autopilot.report().state, 'running', autopilot.report().problem ?? '');
  }
}

export async function onNode(region: Region, node: number): Promise<number[]> {
  const where = await whereAll(region);
  const units = Array.from({ length: Math.ceil(where.length / 512) }, (_, i) => i);
  return units.filter((unit) => where.slice(unit * 512, (unit + 1) * 512).every((each) => each === node));
}

export function bytesOf({ moves }: AutopilotReport, reason: string, from: number, to: number): number {
  const found = moves.filter((move) => move.reason === reason && move.from === from && move.to === to);
  return found.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function filled(ferry: Ferry, units = UNITS): { buffer: SharedArrayBuffer; region: Region } {
  const buffer = new SharedArrayBuffer(units * HUGE + 4096);
  fill(buffer);
  return { buffer, region: ferry.adopt(buffer, { node: 1 }) };
}

/** Lets it do epochs until the fast node has these units. */
export async function untilFast(
  autopilot: Autopilot,
  heat: KnownHeat,
  region: Region,
  units: readonly number[],
): Promise<void> {
  let found: number[] = [];
  for (let i = 0; i < MAX_EPOCHS; i++) {
    await epochs(autopilot, heat, 1);
    found = await onNode(region, 0);
    if (units.every((unit) => found.includes(unit))) return;
  }
  assert.deepEqual(found, units, JSON.stringify(autopilot.report()));
}
