import { CopyLimit } from '../copy-limit.js';
import { describeHost } from '../host.js';
import { formatSize } from '../size.js';
import { summarize } from '../summary.js';
import { planMemory } from './memory-plan.js';
import { type MoveEvents, moveFolios } from './move-folios.js';
import { type MoveOptions, memoryFactor } from './options.js';
import type { MoveReport, MoveRow } from './report.js';

/** Runs in all, the two that warm up each size included. */
export function runsInAll({ folios, migrators, runs }: MoveOptions): number {
  return folios.length * (2 + migrators.length * runs);
}

/**
 * The RFC's first table on this host: throughput by folio size and migrator, at constant total size.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function runMove(asked: MoveOptions, events: MoveEvents): Promise<MoveReport> {
  const host = describeHost();
  const [from, to] = host.nodes as [(typeof host.nodes)[0], (typeof host.nodes)[0]];
  const plan = planMemory(asked.bytes, memoryFactor(asked.layout), from, to);
  if (plan.bytes < asked.bytes) {
    events.onNote(
      `--bytes lowered from ${formatSize(asked.bytes)} to ${formatSize(plan.bytes)}: ` +
        'there is no memory for more',
    );
  }
  const options = { ...asked, bytes: plan.bytes };
  const limit = new CopyLimit(plan.copyBytes, from.numaNode, to.numaNode);
  const byFolio: Record<string, number> = {};
  const medianByFolio: Record<string, number> = {};
  const rows: MoveRow[] = [];
  try {
    for (const folio of options.folios) {
      const copies: number[] = [];
      rows.push(
        ...(await moveFolios(options, folio, events, () => {
          const copied = limit.measure(folio);
          copies.push(copied);
          return copied;
        })),
      );
      const { median, max } = summarize(copies);
      byFolio[formatSize(folio)] = max;
      medianByFolio[formatSize(folio)] = median;
    }
  } finally {
    limit.close();
  }
  const copyGBps = Math.max(...Object.values(byFolio));
  return { schema: 'pageferry.bench.move/1', host, limit: { copyGBps, byFolio, medianByFolio }, rows };
}
