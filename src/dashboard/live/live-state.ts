import { createRequire } from 'node:module';
import type { FerryNode } from '../../ferry/ferry.js';
import type { Region } from '../../ferry/region.js';
import type { DashboardExtras, DashboardFerry, WatchedProgram } from '../dashboard-host.js';
import type { LiveState, MigrationState, NodeState, ProgramState, RegionState } from '../messages.js';
import { autopilotStates } from './autopilot-state.js';

const { version } = createRequire(import.meta.url)('pageferry/package.json') as { version: string };

export function liveState(
  ferry: DashboardFerry,
  { program, bench }: DashboardExtras,
  migrations: readonly MigrationState[],
): Omit<LiveState, 'stream'> {
  return {
    version,
    pid: process.pid,
    faults: ferry.capabilities.kernelFaults ? 'full' : 'user-mode-only',
    canWriteProtect: ferry.capabilities.writeProtection,
    batchBytes: ferry.batchBytes,
    activeMigrator: ferry.activeMigrator ?? null,
    nodes: ferry.nodes.map(nodeState),
    regions: ferry.regions.map(regionState),
    migrations,
    parameters: ferry.parameters.list(),
    stats: ferry.stats(),
    program: program === undefined ? null : programState(program),
    autopilots: autopilotStates(ferry),
    bench: bench !== undefined,
  };
}

export function regionState({ id, name, bytes, folioSize }: Region): RegionState {
  return { id, name, bytes, folioSize };
}

/** JSON has no infinity, so -1 means no limit. */
export function freeBytes(bytes: number): number {
  return Number.isFinite(bytes) ? bytes : -1;
}

function nodeState({ bytesFree, ...node }: FerryNode): NodeState {
  return { ...node, bytesFree: freeBytes(bytesFree) };
}

function programState(program: WatchedProgram): ProgramState {
  const { running, readers, writers, bucketsNs } = program;
  const waits = { reader: [...program.waits('reader')], writer: [...program.waits('writer')] };
  return { running, readers, writers, bucketsNs, waits };
}
