import type { ProcessFigures } from './process-figures.js';
import { type EndMessage, faultsOf, type ProgressMessage, type Tally } from './protocol.js';

/** One moment of a torture. */
export interface Sample {
  readonly seconds: number;
  readonly message: Pick<ProgressMessage, 'tally' | 'stats'>;
  readonly figures: ProcessFigures;
}

const MIB = 2 ** 20;
/** Moments of which the final report shows the memory. */
const MOMENTS = 8;

/** One line: how far it has come, and the rates since the sample before. */
export function progressLine(sample: Sample, before: Sample | undefined): string {
  const { tally, stats } = sample.message;
  const { rssBytes, mappings, threads, descriptors } = sample.figures;
  const seconds = sample.seconds - (before?.seconds ?? 0);
  const rate = (now: number, then: number | undefined): number =>
    (now - (then ?? 0)) / Math.max(seconds, 0.001);
  const updates = rate(amount(tally, 'updates'), before && amount(before.message.tally, 'updates'));
  const bytes = rate(stats.bytes_moved, before?.message.stats.bytes_moved);
  const faults = rate(faultsOf(stats), before === undefined ? 0 : faultsOf(before.message.stats));
  return [
    `${sample.seconds.toFixed(0)} s`,
    `${millions(amount(tally, 'updates'))} updates (${millions(updates)}/s)`,
    `${millions(amount(tally, 'records checked'))} records`,
    `${amount(tally, 'migrations')} migrations`,
    `${(stats.bytes_moved / 1e9).toFixed(1)} GB (${(bytes / 1e9).toFixed(2)} GB/s)`,
    `${faultsOf(stats)} faults (${Math.round(faults * 60)}/min)`,
    `${stats.migrators_ejected} ejected`,
    `RSS ${(rssBytes / MIB).toFixed(0)} MiB, ${mappings} mappings, ${threads} threads, ${descriptors} descriptors`,
  ].join(' | ');
}

/** Every counter that is not 0. */
export function countersLine({ tally, stats }: Pick<ProgressMessage, 'tally' | 'stats'>): string {
  const shown = (counts: Tally): string =>
    Object.entries(counts)
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => `${name} ${Math.round(count)}`)
      .join(', ');
  return `  actors: ${shown(tally)}\n  engine: ${shown(stats)}`;
}

/** The proof, and what memory was held on the way. */
export function finalReport(end: EndMessage, samples: readonly Sample[], seconds: number): string {
  const { proof, stats, tally } = end;
  const audited = proof.faultsAudited;
  const causes = ['failed', 'threw', 'timed_out', 'nonsense', 'unverified', 'unmarked'] as const;
  const lines = [
    `updates made = updates found: ${proof.updatesMade} = ${proof.updatesFound}, ${proof.updatesMade - proof.updatesFound} lost`,
    `records: ${proof.recordsWritten} written, ${proof.recordsChecked} checked while they were moved, all as last written`,
    `migrations: ${amount(tally, 'migrations')} and ${amount(tally, 'movePages')} of movePages, ${stats.batches} batches, ` +
      `${(stats.bytes_moved / 1e9).toFixed(1)} GB in ${seconds.toFixed(0)} s`,
    `page tables: ${stats.tables_moved} moved whole; ${stats.pages_moved_singly} pages moved one by one`,
    `faults: ${faultsOf(stats)} folios, each copied by the engine: ` +
      causes.map((cause) => `${stats[`fallbacks_${cause}`]} ${cause}`).join(', '),
    `not counted as faults: ${stats.fallbacks_declined} declined, ${stats.fallbacks_refused} refused`,
    `faults counted where they were made = counted by the engine: ${audited.injected} = ${audited.counted}`,
    `migrators: ${amount(tally, 'unregistered')} unregistered, ${stats.migrators_ejected} ejected`,
    countersLine(end),
    `memory: ${moments(samples)
      .map(
        ({ seconds, figures }) =>
          `${seconds.toFixed(0)} s ${(figures.rssBytes / MIB).toFixed(0)} MiB, ${figures.mappings} mappings`,
      )
      .join('; ')}`,
  ];
  if (proof.damaged.length > 0) {
    // What is not as last written is among them.
    lines[1] = `records: ${proof.recordsWritten} written, ${proof.recordsChecked} checked`;
    lines.push('DAMAGED:', ...proof.damaged.map((each) => `  ${each}`));
  }
  if (end.failures.length > 0) lines.push('FAILED:', ...end.failures.map((each) => `  ${each}`));
  return lines.join('\n');
}

function moments(samples: readonly Sample[]): Sample[] {
  const count = Math.min(MOMENTS, samples.length);
  return Array.from(
    { length: count },
    (_, i) => samples[Math.round((i * (samples.length - 1)) / Math.max(1, count - 1))]!,
  );
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`;
}

function amount(tally: Tally, what: string): number {
  return tally[what] ?? 0;
}
