import type {
  BenchState,
  HeatEndMessage,
  HeatMessage,
  LiveState,
  LiveTick,
  NodeState,
  ParameterState,
  SpanWindow,
} from '../../../src/dashboard/messages.js';
import { HeatHistory } from './heat-history.js';
import { History } from './history.js';

/** The ferry as the page knows it: the state that the stream began with, and every change since. */
export interface LiveModel extends Omit<LiveState, 'bench'> {
  readonly canBench: boolean;
  readonly bench: BenchState | null;
  readonly timeline: SpanWindow | undefined;
  readonly history: History;
  /** Of the region that this page has watched last. */
  readonly heat: HeatHistory | undefined;
}

/** @param before The model before the stream was interrupted. */
export function modelOf(state: LiveState, before: LiveModel | undefined): LiveModel {
  const { bench, ...rest } = state;
  return {
    ...rest,
    canBench: bench,
    bench: null,
    timeline: undefined,
    history: new History(),
    heat: before?.pid === state.pid ? before.heat : undefined,
  };
}

/** The model after a result of a watch. */
export function afterHeat(model: LiveModel, message: HeatMessage): LiveModel {
  const heat = heatOf(model, message.region);
  heat.add(message);
  return { ...model, heat };
}

/** The model after a watch has ended by itself. */
export function afterHeatEnd(model: LiveModel, message: HeatEndMessage): LiveModel {
  const heat = heatOf(model, message.region);
  heat.ended(message);
  return { ...model, heat };
}

function heatOf({ heat }: LiveModel, region: number): HeatHistory {
  return heat?.region === region ? heat : new HeatHistory(region);
}

/** The model after a tick. The history is the same one, gone on. */
export function after(model: LiveModel, tick: LiveTick): LiveModel {
  const { moved = {}, ms } = tick;
  const speeds = Object.entries(moved).map(([name, [bytes]]) => [name, bytes / (ms * 1e6)] as const);
  model.history.add(tick.at / 1000, Object.fromEntries(speeds));
  return {
    ...model,
    activeMigrator: tick.activeMigrator === undefined ? model.activeMigrator : tick.activeMigrator,
    nodes: tick.nodes === undefined ? model.nodes : nodesAfter(model.nodes, tick.nodes),
    regions: tick.regions ?? model.regions,
    migrations: tick.migrations ?? model.migrations,
    parameters:
      tick.parameters === undefined ? model.parameters : valuesAfter(model.parameters, tick.parameters),
    stats: tick.stats === undefined ? model.stats : { ...model.stats, ...tick.stats },
    program: programAfter(model.program, tick),
    autopilots: tick.autopilots ?? model.autopilots,
    bench: tick.bench ?? model.bench,
    timeline: tick.timeline ?? model.timeline,
  };
}

function nodesAfter(
  nodes: readonly NodeState[],
  usage: NonNullable<LiveTick['nodes']>,
): readonly NodeState[] {
  return nodes.map((node, i) => {
    const [bytesPooled, bytesFree] = usage[i] ?? [node.bytesPooled, node.bytesFree];
    return { ...node, bytesPooled, bytesFree };
  });
}

function valuesAfter(
  parameters: readonly ParameterState[],
  values: Readonly<Record<string, string>>,
): readonly ParameterState[] {
  return parameters.map((parameter) => {
    const value = values[parameter.path];
    return value === undefined ? parameter : { ...parameter, value };
  });
}

function programAfter(program: LiveModel['program'], { waits, running }: LiveTick): LiveModel['program'] {
  if (program === null || (waits === undefined && running === undefined)) return program;
  return {
    ...program,
    running: running ?? program.running,
    waits: {
      reader: added(program.waits.reader, waits?.reader),
      writer: added(program.waits.writer, waits?.writer),
    },
  };
}

function added(counts: readonly number[], changes: readonly number[] | undefined): readonly number[] {
  if (changes === undefined) return counts;
  const sums = [...counts];
  for (let i = 0; i < changes.length; i += 2) sums[changes[i]!] = (sums[changes[i]!] ?? 0) + changes[i + 1]!;
  return sums;
}
