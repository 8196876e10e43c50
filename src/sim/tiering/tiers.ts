import { checkPlain } from '../../common/check-plain.js';
import { describe } from '../../common/describe-value.js';
import { invalidArgument, type MigrationError } from '../../common/migration-error.js';
import { textProblem } from '../profile/check-text.js';
import { LatencyCurve } from './latency-curve.js';

/** The `schema` of a file that describes a machine with tiers. */
const TIERS_SCHEMA = 'pageferry.tiers/1';

/** A node of a machine with tiers. */
export interface Tier {
  /** Its name, for reports. */
  readonly name: string;
  /** Latency by load, as a core sees it. */
  readonly curve: LatencyCurve;
}

/** A machine with a fast and a slow node. */
export interface TieredMachine {
  /** Its name, for reports. */
  readonly name: string;
  /** The machine in a sentence. */
  readonly description: string;
  /** Name of the hardware profile with the costs of migrations. */
  readonly costs: string;
  /** Processors beside the fast node. */
  readonly cpus: number;
  /** The fast node, and the slow one. */
  readonly nodes: readonly [Tier, Tier];
}

/**
 * Checks a machine that was parsed from a file.
 * @throws MigrationError EINVAL, naming the path of what is missing, unknown or wrong.
 */
export function readTiers(json: unknown): TieredMachine {
  const file = objectAt(json, 'profile', ['schema', 'name', 'description', 'costs', 'cpus', 'nodes'], '');
  if (file.schema !== TIERS_SCHEMA) {
    throw wrong('schema', `must be '${TIERS_SCHEMA}', not ${describe(file.schema)}`);
  }
  const nodes = listAt(file.nodes, 'nodes');
  if (nodes.length !== 2) {
    throw wrong('nodes', `must be 2 nodes, the fast one and the slow one, not ${nodes.length}`);
  }
  const [fast, slow] = nodes.map((node, i) => tierAt(node, `nodes[${i}]`)) as [Tier, Tier];
  if (!(fast.curve.idleNs < slow.curve.idleNs)) {
    throw wrong(
      'nodes[1].curve',
      `must have a higher latency without load than nodes[0]: ${slow.curve.idleNs} ns is not above ${fast.curve.idleNs} ns`,
    );
  }
  const cpus = figureAt(file.cpus, 'cpus', 'CPUs', 1, 4096);
  if (!Number.isInteger(cpus)) throw wrong('cpus.value', `must be a whole number, not ${cpus}`);
  return Object.freeze({
    name: textAt(file.name, 'name'),
    description: textAt(file.description, 'description'),
    costs: textAt(file.costs, 'costs'),
    cpus,
    nodes: Object.freeze([fast, slow] as const),
  });
}

function tierAt(value: unknown, path: string): Tier {
  const node = objectAt(value, path, ['name', 'onChipNs', 'curve']);
  const added = figureAt(node.onChipNs, `${path}.onChipNs`, 'ns', 0, 1e6);
  const curve = objectAt(node.curve, `${path}.curve`, ['unit', 'source', 'points']);
  if (curve.unit !== 'GB/s, ns') {
    throw wrong(`${path}.curve.unit`, `must be 'GB/s, ns', not ${describe(curve.unit)}`);
  }
  textAt(curve.source, `${path}.curve.source`);
  const points: [number, number][] = [];
  for (const [i, value] of listAt(curve.points, `${path}.curve.points`).entries()) {
    const at = `${path}.curve.points[${i}]`;
    const point = listAt(value, at);
    if (point.length !== 2) throw wrong(at, `must be a load and a latency, not ${point.length} values`);
    const load = numberAt(point[0], `${at}[0]`, Number.MIN_VALUE, 1e6);
    const latency = numberAt(point[1], `${at}[1]`, Number.MIN_VALUE, 1e6) + added;
    const before = points.at(-1);
    if (before !== undefined && !(load > before[0])) {
      throw wrong(`${at}[0]`, `must be above the load of the point before, ${before[0]} GB/s, not ${load}`);
    }
    if (before !== undefined && latency < before[1]) {
      throw wrong(`${at}[1]`, 'must not be below the latency of the point before');
    }
    points.push([load, latency]);
  }
  if (points.length < 2)
    throw wrong(`${path}.curve.points`, `must be 2 points or more, not ${points.length}`);
  return Object.freeze({ name: textAt(node.name, `${path}.name`), curve: new LatencyCurve(points) });
}

function figureAt(value: unknown, path: string, unit: string, min: number, max: number): number {
  const figure = objectAt(value, path, ['value', 'unit', 'source']);
  if (figure.unit !== unit) throw wrong(`${path}.unit`, `must be '${unit}', not ${describe(figure.unit)}`);
  textAt(figure.source, `${path}.source`);
  return numberAt(figure.value, `${path}.value`, min, max);
}

function numberAt(value: unknown, path: string, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  const range = min === Number.MIN_VALUE ? `above 0, up to ${max}` : `from ${min} to ${max}`;
  throw wrong(path, `must be a number ${range}, not ${describe(value)}`);
}

function textAt(value: unknown, path: string): string {
  const problem = textProblem(value);
  if (problem !== undefined) throw wrong(path, problem);
  return value as string;
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(path, `must be a list, not ${describe(value)}`);
}

function objectAt<Name extends string>(
  value: unknown,
  path: string,
  known: readonly Name[],
  prefix = `${path}.`,
): Readonly<Record<Name, unknown>> {
  checkPlain('readTiers', path, value);
  const object = value as Record<Name, unknown>;
  const unknown = Object.keys(object).find((name) => !known.includes(name as Name));
  if (unknown !== undefined) {
    throw invalidArgument('readTiers', `${prefix}${unknown}`, 'unknown field', `Known: ${known.join(', ')}.`);
  }
  return object;
}

function wrong(path: string, problem: string): MigrationError {
  return invalidArgument('readTiers', path, problem);
}
