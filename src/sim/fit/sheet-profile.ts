import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { MachineSheet } from './machine-sheet.js';
import { PRIORS, type Prior } from './priors.js';

/** Spread of a figure that a data sheet gives: real machines reach a part of it. */
const SHEET_SPREAD = 0.15;
/** The part of a link's or a memory's nominal rate that copies reach. */
const REACHED = 0.9;
/** Copies by threads reach about this part of the link: the line is read for ownership, written, and snooped. */
const COHERENT = 1 / 3;
const THREADS_SPREAD = 0.5;
/** Spread of the rate of an engine that two channels may share: 90 % are from one channel to both. */
const UNKNOWN_ENGINE = 0.21;
const UNKNOWN_WHY = 'unknown: the data sheet does not say which channels share an engine';
const PAGE_SHIFT = 12;
const DEFAULT_KNEE = 3;
/** Knees that are tried for a curve. */
const KNEES = Array.from({ length: 60 }, (_, i) => 0.5 * 1.06 ** i);

/** Rate of all copies between two nodes, GB/s: what is read from one node is written to the other. */
function memoryGBps({ memory, sockets }: MachineSheet): number {
  const nominal = memory.channels * memory.channelGBps * REACHED;
  return sockets > 1 ? nominal : nominal / 2;
}

function linkGBps(sheet: MachineSheet): number {
  const memory = memoryGBps(sheet);
  if (sheet.links === undefined) return memory;
  return Math.min(memory, sheet.links.count * sheet.links.GBps * REACHED);
}

/** Channels that are taken to share an engine. */
function engineChannelsOf({ dma }: MachineSheet): number {
  return dma?.engineChannels ?? Math.min(2, dma?.channels ?? 1);
}

/** The priors of what the sheet does not give, and of what it gives roughly. */
export function sheetPriors(sheet: MachineSheet): Prior[] {
  const { dma, domains, domainGBps, links } = sheet;
  const link = linkGBps(sheet);
  const changed: Readonly<Record<string, Partial<Prior> | undefined>> = {
    'topology.linkGBps': { median: link, ...bySheet(links?.GBps) },
    'memory.copyGBps': { median: memoryGBps(sheet), ...bySheet(sheet.memory.channelGBps) },
    'topology.threadsGBps': {
      median: links === undefined ? link : link * COHERENT,
      spread: THREADS_SPREAD,
    },
    'topology.domainGBps':
      domainGBps === undefined ? undefined : { median: domainGBps, ...bySheet(domainGBps) },
    'dma.descriptorNs':
      dma?.descriptorNs === undefined
        ? undefined
        : { median: dma.descriptorNs, ...bySheet(dma.descriptorNs) },
    'dma.farGBps':
      dma?.channelGBps === undefined ? undefined : { median: dma.channelGBps, ...bySheet(dma.channelGBps) },
    'topology.engineGBps': enginePrior(dma),
  };
  return PRIORS.filter(({ path }) => isUsed(path, sheet, domains)).map((prior) => ({
    ...prior,
    ...changed[prior.path],
  }));
}

/**
 * If the sheet does not say how many channels share an engine, two are taken to share one whose rate is between that of
 * one channel and that of both.
 */
function enginePrior(dma: MachineSheet['dma']): Partial<Prior> | undefined {
  if (dma === undefined) return undefined;
  if (dma.engineChannels === undefined && dma.channels > 1)
    return { of: 'dma.farGBps', median: Math.SQRT2, spread: UNKNOWN_ENGINE, why: UNKNOWN_WHY };
  if (dma.channelGBps === undefined) return undefined;
  return { median: dma.channelGBps * 1.1, spread: 2 * SHEET_SPREAD };
}

function priorOf(path: string): Prior {
  return PRIORS.find((prior) => prior.path === path)!;
}

function bySheet(given: number | undefined): Partial<Prior> {
  return given === undefined ? {} : { spread: SHEET_SPREAD, why: 'the data sheet' };
}

function isUsed(path: string, { dma, domainGBps, cpus }: MachineSheet, domains: number): boolean {
  switch (path) {
    case 'topology.domainGBps':
      return cpus > 1 && (domains > 1 || domainGBps !== undefined);
    case 'topology.threadsGBps':
      return cpus > 1;
    case 'topology.translateNs':
      return dma?.iommu === 1;
    case 'dma.descriptorNs':
    case 'dma.farGBps':
    case 'topology.engineGBps':
    case 'topology.linkGBps':
    case 'topology.deepWakeNs':
      return dma !== undefined;
    default:
      return true;
  }
}

/** The profile of a machine before any figure of it is known. */
export function sheetProfile(sheet: MachineSheet): HardwareProfile {
  const median = (path: string): number => priorOf(path).median;
  const { dma, memory } = sheet;
  const rate = median('dma.farGBps');
  // A node of 256 GiB, if the sheet does not say.
  const nodePages = Math.min(
    2 ** 31,
    Math.max(1024, Math.floor((memory.GiB ?? 256) * 2 ** (30 - PAGE_SHIFT))),
  );
  return {
    name: sheet.name,
    description: sheet.description,
    cpu: {
      callNs: median('cpu.callNs'),
      folioNs: median('cpu.folioNs'),
      pageNs: median('cpu.pageNs'),
      pmdNs: median('cpu.pmdNs'),
      unmapShare: 0.5,
      flushNs: 0,
      copyCallNs: 0,
      copyGBps: median('cpu.copyGBps'),
      coldNsPerMiB: median('cpu.coldNsPerMiB'),
      coldMiB: sheet.cacheMiB ?? 32,
      wakeNs: 0,
      sliceNs: 3e6,
      cpus: sheet.cpus,
      loopsPerSecond: 3.5e9,
    },
    memory: { copyGBps: memoryGBps(sheet), nodePages },
    dma: {
      channels: dma?.channels ?? 0,
      nearChannels: 0,
      nearGBps: rate,
      farGBps: rate,
      descriptorNs: median('dma.descriptorNs'),
      submitNs: 0,
      queueDepth: 262_144,
      iommu: dma?.iommu ?? 0,
      maxSegmentBytes: dma?.maxSegmentBytes ?? 65_536,
    },
    compaction: { scanNs: 660 },
    topology: {
      domains: Math.min(sheet.domains, sheet.cpus),
      // A machine of one domain has the limit of all threads only.
      domainGBps: sheet.domains > 1 ? median('topology.domainGBps') : 1e6,
      threadsGBps: memoryGBps(sheet),
      engineChannels: engineChannelsOf(sheet),
      engineGBps: median('topology.engineGBps'),
      linkGBps: linkGBps(sheet),
      knee: sheet.latencyCurve === undefined ? DEFAULT_KNEE : kneeOf(sheet.latencyCurve),
      translateNs: dma?.iommu === 1 ? median('topology.translateNs') : 0,
      mapNs: 0,
      deepWakeNs: dma === undefined ? 0 : median('topology.deepWakeNs'),
    },
  };
}

/** The knee of the curve that is nearest to measured points, by the squares of the logarithms. */
export function kneeOf(curve: NonNullable<MachineSheet['latencyCurve']>): number {
  const idle = curve[0]![1];
  const limit = curve.at(-1)![0] * 1.02;
  const errorOf = (knee: number): number =>
    curve.reduce((sum, [load, ns]) => {
      const latency = (1 - (load / limit) ** knee) ** (-1 / knee);
      return sum + Math.log(latency / Math.max(1, ns / idle)) ** 2;
    }, 0);
  return KNEES.reduce((best, knee) => (errorOf(knee) < errorOf(best) ? knee : best));
}
