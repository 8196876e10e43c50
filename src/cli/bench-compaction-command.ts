import type { Command } from 'commander';
import { benchCompaction, type CompactionBench } from '../bench/compaction/run-compaction.js';
import { TRIGGERS, type Trigger } from '../bench/compaction/trigger.js';
import { RFC_COMPACTION } from '../bench/rfc-figures.js';
import { formatSize } from '../bench/size.js';
import { summarize } from '../bench/summary.js';
import { PMD_SIZE } from '../mm/page.js';
import { EXIT, EXIT_HELP, type SetExitCode } from './exit-code.js';
import { checkWritable, printReport } from './json-file.js';
import { oneOf, size, wholeNumber } from './option-parsers.js';
import { startProgress } from './progress.js';
import { formatTable } from './table.js';
import { UsageError } from './usage-error.js';
import { wrap } from './wrap.js';

interface CompactionFlags {
  readonly size: number;
  readonly runs: number;
  readonly trigger?: Trigger;
  readonly hog?: boolean;
  readonly json?: string;
}

export function addBenchCompactionCommand(bench: Command, setExitCode: SetExitCode): void {
  bench
    .command('compaction')
    .description(
      "the RFC's compaction experiment by the running kernel: memory of which every second page is free is compacted",
    )
    .option(
      '--size <size>',
      'memory that is fragmented (default: 1G)',
      size(PMD_SIZE, 2 ** 46, PMD_SIZE),
      2 ** 30,
    )
    .option('--runs <count>', 'measured runs', wholeNumber(1, 1000), 3)
    .option(
      '--trigger <name>',
      'sysctl: vm.compact_memory; hugepages: by asking for some (default: the first that is permitted)',
      oneOf(TRIGGERS),
    )
    .option('--hog', 'also with a program that competes for the CPU')
    .option('--json <file>', 'also write the figures to this file; - prints them instead')
    .addHelpText('after', EXIT_HELP)
    .action(async ({ json, hog = false, ...flags }: CompactionFlags) => {
      if (process.platform !== 'linux') {
        throw new UsageError("bench compaction needs Linux; 'pageferry sim compaction' runs anywhere");
      }
      checkWritable(json);
      const total = flags.runs * (hog ? 2 : 1);
      const progress = startProgress('bench compaction', total);
      let done = 0;
      let report: CompactionBench;
      try {
        const onRun = (): void => progress.update(++done, `run ${done} of ${total}`);
        report = await benchCompaction({ ...flags, hog, onRun });
      } finally {
        progress.stop();
      }
      printReport(() => format(report), { ...report, published: RFC_COMPACTION }, json);
      setExitCode(report.rows.every(({ wrongPages }) => wrongPages === 0) ? EXIT.ok : EXIT.failed);
    });
}

function format({ host, options, rows, moveNsPerPage }: CompactionBench): string {
  const { size: bytes, runs, trigger } = options;
  const wrong = rows.reduce((sum, { wrongPages }) => sum + wrongPages, 0);
  const lines = (['idle', 'busy'] as const).flatMap((mode) => {
    const own = rows.filter((row) => row.mode === mode);
    if (own.length === 0) return [];
    const median = (value: (row: (typeof own)[number]) => number): number => summarize(own.map(value)).median;
    const perPage = own.flatMap(({ nsPerPage }) => (nsPerPage === null ? [] : [nsPerPage]));
    return [
      [
        `kernel, ${mode}`,
        median(({ wallMs }) => wallMs).toFixed(0),
        median(({ migrated }) => migrated).toFixed(0),
        perPage.length === 0 ? '' : summarize(perPage).median.toFixed(0),
        perPage.length === 0 ? '' : `${Math.min(...perPage).toFixed(0)}–${Math.max(...perPage).toFixed(0)}`,
        mode === 'idle' ? '' : (median(({ hogIterations }) => hogIterations ?? 0) / 1e9).toFixed(2),
        percent(median(({ userPercent }) => userPercent)),
        percent(median(({ sysPercent }) => sysPercent)),
        percent(median(({ idlePercent }) => idlePercent)),
      ],
    ];
  });
  const published = RFC_COMPACTION.map((row) => [
    `RFC, ${row.busy ? 'busy' : 'idle'}${row.offload ? ', DMA' : ''}`,
    String(row.wallMs),
    String(row.migrated),
    ((row.wallMs * 1e6) / row.migrated).toFixed(0),
    '',
    row.hogIterations === null ? '' : (row.hogIterations / 1e9).toFixed(2),
    percent(row.userPercent),
    percent(row.sysPercent),
    percent(row.idlePercent),
  ]);
  const right = ['wall ms', 'migrated', 'ns/page', 'spread', '10^9 it', 'user', 'sys', 'idle'];
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(
      `${formatSize(bytes)} of which every second page is free, compacted by ${trigger}, ${runs} runs, medians`,
      0,
    ),
    '',
    formatTable(
      [{ title: '' }, ...right.map((title) => ({ title, align: 'right' }) as const)],
      [
        ...lines,
        ['pageferry move', '', String(bytes / 2 / 4096), moveNsPerPage.toFixed(0), '', '', '', '', ''],
        ...published,
      ],
    ),
    '',
    ...[
      wrong === 0 ? 'every page was checked after every run' : `${wrong} pages were LOST`,
      'pageferry move: as many pages of 4K from node to node, for comparison: it needs not look for them',
      'RFC: 16384 huge pages allocated on another machine (mail of 2026-03-18)',
      ...(rows.some(({ nsPerPage }) => nsPerPage === null)
        ? ['the kernel found nothing that it had to migrate']
        : []),
    ].map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

function percent(value: number): string {
  return `${value.toFixed(0)} %`;
}
