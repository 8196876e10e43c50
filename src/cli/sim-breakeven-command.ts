import type { Command } from 'commander';
import { formatSize } from '../bench/size.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import { type BreakevenRow, type BreakevenSettings, breakeven } from '../sim/experiments/breakeven.js';
import { type CallerBatch, callerBatch } from '../sim/experiments/caller-batch.js';
import { CONCURRENCIES, type Concurrency } from '../sim/experiments/move.js';
import { EXIT, EXIT_HELP, type SetExitCode } from './exit-code.js';
import { checkWritable, printReport } from './json-file.js';
import { folioSize, listOf, oneOf, size, wholeNumber } from './option-parsers.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-option.js';
import { startProgress } from './progress.js';
import { formatTable } from './table.js';
import { commandTrace } from './trace/command-trace.js';
import { wrap } from './wrap.js';

interface BreakevenFlags extends ProfileFlags {
  readonly reason: MigrateReason;
  readonly migrator: BreakevenSettings['migrator'];
  readonly channels: number;
  readonly threads: number;
  readonly folio: readonly number[];
  readonly most: number;
  readonly concurrency: Concurrency;
  readonly hogs: number;
  readonly seed: number;
  readonly json?: string;
}

const ALL_FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);

export function addSimBreakevenCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('breakeven')
    .description('the batch from which on it pays to offload the copy, in time and in CPU, by folio size')
    .option(
      '--reason <name>',
      `who migrates: ${MIGRATE_REASONS.join(', ')}`,
      oneOf(MIGRATE_REASONS),
      'compaction',
    )
    .option(
      '--migrator <name>',
      'what offloads: cpu, mtcopy, dcbm',
      oneOf(['cpu', 'mtcopy', 'dcbm'] as const),
      'dcbm',
    )
    .option('--channels <count>', 'DMA channels of dcbm, 1 to 16', wholeNumber(1, 16), 1)
    .option('--threads <count>', 'threads of mtcopy, 1 to 64', wholeNumber(1, 64), 2)
    .option('--folio <sizes>', 'folio sizes (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize), ALL_FOLIOS)
    .option('--most <size>', 'largest batch that is tried (default: 64M)', size(4096, 2 ** 30, 4096), 2 ** 26)
    .option('--concurrency <name>', 'of both: exclusive, read-through', oneOf(CONCURRENCIES), 'exclusive')
    .option('--hogs <count>', 'programs that compete for the migrating processor', wholeNumber(0, 64), 0)
    .option('--seed <number>', 'same seed, same nanoseconds', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--json <file>', 'also write the figures to this file; - prints them instead');
  addProfileOptions(command)
    .addHelpText('after', EXIT_HELP)
    .action((flags: BreakevenFlags) => {
      checkWritable(flags.json);
      const { reason, seed, migrator, channels, threads, concurrency, hogs } = flags;
      const profile = profileOf(flags);
      const settings = {
        profile,
        seed,
        reason,
        migrator,
        channels,
        threads,
        concurrency,
        hogs,
        mostBytes: flags.most,
        record: commandTrace.simulation,
      };
      const progress = startProgress('sim breakeven', flags.folio.length);
      const rows: BreakevenRow[] = [];
      try {
        for (const folio of flags.folio) {
          rows.push(breakeven(folio, settings));
          progress.update(rows.length, formatSize(folio));
        }
      } finally {
        progress.stop();
      }
      const caller = callerBatch(flags.folio[0]!, settings);
      const figures = {
        schema: 'pageferry.sim.breakeven/1',
        profile: profile.name,
        seed,
        reason,
        migrator,
        channels,
        concurrency,
        hogs,
        rows,
        caller: caller ?? null,
      };
      printReport(() => format(flags, profile.name, rows, caller), figures, flags.json);
      setExitCode(EXIT.ok);
    });
}

function format(
  { reason, migrator, channels, threads, most }: BreakevenFlags,
  profile: string,
  rows: readonly BreakevenRow[],
  caller: CallerBatch | undefined,
): string {
  const with_ =
    migrator === 'dcbm' ? `, ${channels} ch` : migrator === 'mtcopy' ? `, ${threads} threads` : '';
  return [
    wrap(
      `Batches from which on ${migrator}${with_} is better than the baseline, reason ${reason}, profile ${profile}`,
      0,
    ),
    '',
    formatTable(
      [
        { title: 'folio', align: 'right' },
        { title: 'faster from', align: 'right' },
        { title: '', align: 'right' },
        { title: 'less CPU from', align: 'right' },
        { title: '', align: 'right' },
      ],
      rows.map(({ folio, timeFolios, cpuFolios }) => [
        formatSize(folio),
        ...batch(folio, timeFolios),
        ...batch(folio, cpuFolios),
      ]),
    ),
    '',
    ...[
      ...(caller === undefined ? [] : [verdict(reason, caller)]),
      `batches of up to ${formatSize(most)} were tried`,
    ].map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

function batch(folio: number, folios: number | null): [string, string] {
  if (folios === null) return ['never', ''];
  return [`${folios} folio${folios === 1 ? '' : 's'}`, formatSize(folio * folios)];
}

/** The RFC's inference, in words. */
function verdict(reason: MigrateReason, { folio, folios, source, baseline, offloaded }: CallerBatch): string {
  const time = offloaded.wallNs / baseline.wallNs - 1;
  const cpu = offloaded.cpuNs / baseline.cpuNs - 1;
  const says = (change: number, more: string, less: string): string =>
    `${Math.abs(change * 100).toFixed(1)} % ${change > 0 ? more : less}`;
  return (
    `${reason} migrates ${folios} folio${folios === 1 ? '' : 's'} at once (${source}); of ${formatSize(folio)} that takes ` +
    `${(baseline.wallNs / 1000).toFixed(1)} µs, offloaded ${(offloaded.wallNs / 1000).toFixed(1)} µs: ` +
    `${says(time, 'slower', 'faster')}, ${says(cpu, 'more CPU', 'less CPU')}`
  );
}
