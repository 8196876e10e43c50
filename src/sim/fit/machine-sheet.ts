import { checkPlain } from '../../common/check-plain.js';
import { describe } from '../../common/describe-value.js';
import { invalidArgument, type MigrationError } from '../../common/migration-error.js';
import { textProblem } from '../profile/check-text.js';
import { checkFigure, type FigureRange } from '../profile/read-profile.js';

/** The `schema` of a machine's data sheet. */
const MACHINE_SCHEMA = 'pageferry.machine/1';

/** A machine as its data sheet describes it. Absent figures are not known. */
export interface MachineSheet {
  readonly name: string;
  readonly description: string;
  /** Processors that can run a copying thread, on all sockets. */
  readonly cpus: number;
  readonly sockets: number;
  /** Groups of cores with a cache and a link of their own, over which the copying threads spread. */
  readonly domains: number;
  readonly domainGBps?: number | undefined;
  /** MiB of the last-level cache of a domain. */
  readonly cacheMiB?: number | undefined;
  /** Of one node. */
  readonly memory: {
    readonly channels: number;
    readonly channelGBps: number;
    readonly GiB?: number | undefined;
  };
  /** Between two nodes, in one direction. */
  readonly links?: { readonly count: number; readonly GBps: number } | undefined;
  readonly dma?: DmaSheet | undefined;
  /** GB/s and ns of a bandwidth-latency curve of the memory, by rising load. */
  readonly latencyCurve?: readonly (readonly [GBps: number, ns: number])[] | undefined;
}

export interface DmaSheet {
  readonly channels: number;
  readonly engineChannels?: number | undefined;
  readonly channelGBps?: number | undefined;
  readonly descriptorNs?: number | undefined;
  readonly iommu: number;
  readonly maxSegmentBytes: number;
}

const count = (unit: string, max: number): FigureRange => ({ unit, min: 1, max, whole: true });
const GBPS: FigureRange = { unit: 'GB/s', min: 1e-3, max: 1e6 };

/** The figures of a sheet: their ranges, and whether a sheet must have them. */
const TOP = {
  cpus: { ...count('CPUs', 4096), needed: true },
  sockets: count('sockets', 64),
  domains: count('domains', 4096),
  domainGBps: GBPS,
  cacheMiB: { unit: 'MiB', min: 0.25, max: 65_536 },
} as const;
const MEMORY = {
  channels: { ...count('channels', 1024), needed: true },
  channelGBps: { ...GBPS, needed: true },
  GiB: { unit: 'GiB', min: 0.0625, max: 8192 },
} as const;
const LINKS = { count: { ...count('links', 64), needed: true }, GBps: { ...GBPS, needed: true } } as const;
const DMA = {
  channels: { ...count('channels', 1024), needed: true },
  engineChannels: count('channels', 1024),
  channelGBps: GBPS,
  descriptorNs: { unit: 'ns', min: 1, max: 1e9 },
  iommu: { unit: '0 or 1', min: 0, max: 1, whole: true },
  maxSegmentBytes: { unit: 'bytes', min: 4096, max: 2 ** 40, whole: true },
} as const;

/**
 * Checks a data sheet that was parsed from a file.
 * @throws MigrationError EINVAL, naming the path of what is missing, unknown, or out of its range.
 */
export function readMachineSheet(json: unknown): MachineSheet {
  const file = objectAt(json, 'machine');
  const { schema, description, memory: memoryGroup, latencyCurve } = file;
  if (schema !== MACHINE_SCHEMA) {
    throw wrong('schema', `must be '${MACHINE_SCHEMA}', not ${describe(schema)}`);
  }
  const groups = ['memory', 'links', 'dma', 'latencyCurve'];
  refuseUnknown(file, ['schema', 'name', 'description', ...Object.keys(TOP), ...groups], '');
  const top = figuresAt(file, TOP, '');
  const memory = figuresAt(objectAt(memoryGroup, 'memory'), MEMORY, 'memory.', true);
  const links = groupAt(file, 'links', LINKS);
  const dma = groupAt(file, 'dma', DMA);
  const name = textAt(file, 'name');
  const sockets = top.sockets ?? 1;
  atMost('sockets', sockets, 'cpus', top.cpus!);
  atMost('sockets', sockets, 'domains', top.domains ?? sockets);
  atMost('domains', top.domains ?? sockets, 'cpus', top.cpus!);
  if (dma?.engineChannels !== undefined)
    atMost('dma.engineChannels', dma.engineChannels, 'dma.channels', dma.channels!);
  return {
    name,
    description: description === undefined ? name : textAt(file, 'description'),
    cpus: top.cpus!,
    sockets,
    domains: top.domains ?? sockets,
    domainGBps: top.domainGBps,
    cacheMiB: top.cacheMiB,
    memory: { channels: memory.channels!, channelGBps: memory.channelGBps!, GiB: memory.GiB },
    links: links && { count: links.count!, GBps: links.GBps! },
    dma: dma && {
      channels: dma.channels!,
      engineChannels: dma.engineChannels,
      channelGBps: dma.channelGBps,
      descriptorNs: dma.descriptorNs,
      iommu: dma.iommu ?? 1,
      maxSegmentBytes: dma.maxSegmentBytes ?? 65_536,
    },
    latencyCurve: curveAt(latencyCurve),
  };
}

/** A machine has no more of the one than of the other. */
function atMost(path: string, value: number, other: string, limit: number): void {
  if (value > limit) throw wrong(path, `must be at most ${other}, which is ${limit}, not ${value}`);
}

type Ranges = Readonly<Record<string, FigureRange & { readonly needed?: boolean }>>;
type Values<R extends Ranges> = { readonly [Name in keyof R]: number | undefined };

function groupAt<R extends Ranges>(
  file: Record<string, unknown>,
  group: string,
  ranges: R,
): Values<R> | undefined {
  if (file[group] === undefined) return undefined;
  return figuresAt(objectAt(file[group], group), ranges, `${group}.`, true);
}

function figuresAt<R extends Ranges>(
  object: Record<string, unknown>,
  ranges: R,
  prefix: string,
  all = false,
): Values<R> {
  if (all) refuseUnknown(object, Object.keys(ranges), prefix);
  const values: Record<string, number | undefined> = {};
  for (const [name, range] of Object.entries(ranges)) {
    const value = object[name];
    if (value === undefined && range.needed === true)
      throw wrong(`${prefix}${name}`, `is missing (${range.unit})`);
    values[name] = value === undefined ? undefined : checkFigure(value, `${prefix}${name}`, range);
  }
  return values as Values<R>;
}

function curveAt(given: unknown): MachineSheet['latencyCurve'] {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length < 3) {
    throw wrong('latencyCurve', 'must be at least three pairs of GB/s and ns, by rising GB/s');
  }
  return given.map((point: unknown, i): [number, number] => {
    const path = `latencyCurve[${i}]`;
    if (!Array.isArray(point) || point.length !== 2) throw wrong(path, 'must be a pair of GB/s and ns');
    const load = checkFigure(point[0], `${path}[0]`, { unit: 'GB/s', min: 0, max: 1e6 });
    const ns = checkFigure(point[1], `${path}[1]`, { unit: 'ns', min: 1, max: 1e9 });
    if (i > 0 && load <= (given[i - 1] as number[])[0]!)
      throw wrong(`${path}[0]`, 'must rise from pair to pair');
    return [load, ns];
  });
}

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (value === undefined) throw wrong(path, 'is missing');
  checkPlain('readMachineSheet', path, value);
  return value as Record<string, unknown>;
}

function textAt(object: Record<string, unknown>, name: string): string {
  const problem = textProblem(object[name]);
  if (problem !== undefined) throw wrong(name, problem);
  return object[name] as string;
}

function refuseUnknown(object: Record<string, unknown>, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw wrong(`${prefix}${unknown}`, 'unknown figure', `Known: ${known.join(', ')}.`);
}

function wrong(path: string, problem: string, advice?: string): MigrationError {
  return invalidArgument('readMachineSheet', path, problem, advice);
}
