import { threadId } from 'node:worker_threads';
import type { AutopilotReport } from '../autopilot/autopilot.js';
import { formatSize } from '../common/size.js';
import type { RefusedMemories } from './adopter.js';

/** The work of pageferry/auto in one thread of a process. It has only plain values, so JSON can carry it. */
export interface AutoReport {
  readonly pid: number;
  /** 0 for the main thread. */
  readonly thread: number;
  readonly minBytes: number;
  /** Whether the program has opened a ferry itself. Then this one has given its memory back. */
  readonly gaveWay: boolean;
  /** Memories that were adopted, and those that are adopted now. Bytes of the first count when they were adopted. */
  readonly adopted: { readonly count: number; readonly bytes: number };
  readonly now: { readonly count: number; readonly bytes: number };
  readonly refused: readonly RefusedMemories[];
  /** Milliseconds that opening the ferry took. */
  readonly openedMs: number;
  readonly autopilot: AutopilotReport;
}

export function thisThread(): Pick<AutoReport, 'pid' | 'thread'> {
  return { pid: process.pid, thread: threadId };
}

/** The report as text for people. Each line begins with the name of the program. */
export function reportText(report: AutoReport): string {
  // A message may have several lines.
  return linesOf(report)
    .map((line) => `pageferry: ${line.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    .join('');
}

function linesOf({ minBytes, gaveWay, adopted, now, refused, autopilot }: AutoReport): string[] {
  const { moves, actuators, pauses, hugeBytes, cpuNs } = autopilot;
  const lines = [
    `adopted ${memories(adopted.count)} of ${formatSize(minBytes)} or more, ${formatSize(adopted.bytes)}; ` +
      `now ${now.count}, ${formatSize(now.bytes)}`,
  ];
  if (gaveWay) lines.push('gave its memory back, because the program has a ferry of its own');
  for (const { code, why, count } of refused) lines.push(`left ${memories(count)} alone: ${why} (${code})`);
  for (const { actuator, policy, reason, from, to, bytes, calls } of moves) {
    const by = reason === null ? policy : `${policy}, reason ${reason}`;
    const way = to === null ? 'to swap' : `from node ${from ?? '?'} to ${to}`;
    const what = actuator === 'hugePages' ? 'for huge pages' : way;
    lines.push(`moved ${formatSize(bytes)} ${what} in ${calls} calls (${by})`);
  }
  if (moves.length === 0) lines.push('moved nothing');
  lines.push(
    `gained ${formatSize(hugeBytes)} on huge pages; predicted gain ${seconds(autopilot.predictedGainNs)}, ` +
      `CPU time ${seconds(cpuNs.watching)} to watch and ${seconds(cpuNs.moving)} to move`,
  );
  if (pauses.batches > 0) {
    const { batches, p999Ns, maxNs } = pauses;
    lines.push(
      `waits of at most ${milliseconds(p999Ns)} at p99.9, ${milliseconds(maxNs)} in all, in ${batches} batches`,
    );
  }
  for (const [name, { on, why }] of Object.entries(actuators)) {
    lines.push(`${name}: ${on ? 'on' : 'off'}. ${why}`);
  }
  for (const { actuator, why, bytes } of autopilot.refused) {
    lines.push(`${actuator}: did not move ${formatSize(bytes)}: ${why}`);
  }
  if (autopilot.problem !== null) lines.push(`the autopilot has failed: ${autopilot.problem}`);
  return lines;
}

function memories(count: number): string {
  return count === 1 ? '1 memory' : `${count} memories`;
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(2)} s`;
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}
