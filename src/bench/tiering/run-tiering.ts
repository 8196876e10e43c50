import { PMD_SIZE } from '../../common/page.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { describeHost, type Host } from '../harness/host.js';
import { loweredNote, notEnoughMemory, wholeHuge } from '../harness/memory-room.js';
import { type BenchNodes, measurePolicy } from './measure-policy.js';
import type { TieringBenchOptions } from './options.js';
import type { TieringBenchReport, TieringBenchRow } from './report.js';

/** A policy needs some units to choose from. */
export const MIN_BYTES: number = 8 * PMD_SIZE;
/** Left to pools, the programs' own tables, the heap, and other programs. */
const HEADROOM = 512 * 2 ** 20;

export function tieringRuns({ programs, policies }: TieringBenchOptions): number {
  return programs.length * policies.length;
}

/**
 * Measures each policy with each program on real memory, beside the simulator. `onRun` is called after each row.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with
 */
export async function runTiering(
  options: TieringBenchOptions,
  onRun: () => void,
): Promise<TieringBenchReport> {
  const host = describeHost();
  const notes: string[] = [];
  const bytes = roomFor(options.bytes, host);
  if (bytes < options.bytes) notes.push(loweredNote(options.bytes, bytes));
  const nodes = nodesOf(host, options);
  const rows: TieringBenchRow[] = [];
  let accessNs = nodes.accessNs;
  for (const program of options.programs) {
    for (const policy of options.policies) {
      const measured = await measurePolicy({ ...options, bytes }, nodes, program, policy);
      const of = (id: number): number => measured.nodes.find((node) => node.id === id)!.accessNs;
      accessNs ??= [of(0), of(1)];
      rows.push(measured.row);
      onRun();
    }
  }
  const { fastPercent, seconds, epochMs, cpuShare, maxPauseMs, loadThreads, seed, machine } = options;
  const [fast, slow] = accessNs!;
  return {
    schema: 'pageferry.bench.tiering/1',
    host,
    options: {
      bytes,
      fastPercent,
      seconds,
      epochMs,
      cpuShare,
      maxPauseMs,
      loadThreads,
      seed,
      profile: machine.name,
    },
    accessNs: { fast, slow, measured: nodes.accessNs === undefined },
    rows,
    notes,
  };
}

/** Two NUMA nodes if the host has them. Otherwise both nodes are on the same one, and get the access times of the profile. */
function nodesOf({ nodes }: Host, { machine, profileTimes }: TieringBenchOptions): BenchNodes {
  const [first, second] = nodes;
  const fastNuma = first!.numaNode;
  const slowNuma = second?.numaNode ?? fastNuma;
  const [fast, slow] = machine.nodes;
  const given = profileTimes || fastNuma === slowNuma;
  const accessNs = given ? ([fast.curve.idleNs, slow.curve.idleNs] as const) : undefined;
  return { fastNuma, slowNuma, accessNs };
}

function roomFor(bytes: number, { nodes }: Host): number {
  const room = Math.min(...nodes.map(({ numaNode }) => availableBytes(numaNode))) - HEADROOM;
  const fits = wholeHuge(room);
  if (fits < MIN_BYTES) throw notEnoughMemory('bench tiering', room);
  return Math.min(bytes, fits);
}
