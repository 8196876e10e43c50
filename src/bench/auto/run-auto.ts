import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AutoReport } from '../../auto/report.js';
import { MigrationError } from '../../common/migration-error.js';
import { type Summary, summarize } from '../../common/summary.js';
import { readText } from '../../linux/sys/read-text.js';
import { describeHost, type Host } from '../harness/host.js';
import { absence, loaderOf } from './programs.js';

export interface AutoBenchOptions {
  readonly programs: readonly string[];
  /** Folder whose node_modules has the databases. */
  readonly folder: string;
  /** Pairs of runs, without and with pageferry/auto. */
  readonly rounds: number;
  /** Seconds before a run is measured. The autopilot acts in them. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** The measurements of a process of the bench. */
export interface ProgramRun {
  readonly queries: number;
  readonly medianMs: number;
  /** CPU time of the program's thread. On a busy host a query also waits for a CPU. */
  readonly medianCpuMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssBytes: number;
  /** Of its first queries. */
  readonly answers: readonly number[];
}

/** One way of a program: medians over the rounds, with minimum and maximum. */
export interface AutoWay {
  readonly medianMs: Summary;
  readonly medianCpuMs: Summary;
  readonly p99Ms: Summary;
  readonly maxMs: Summary;
  readonly rssBytes: Summary;
}

export interface AutoRow {
  readonly program: string;
  /** Pairs of runs. */
  readonly rounds: number;
  readonly without: AutoWay;
  readonly with: AutoWay;
  /** How many times as fast a query is: the median of the pairs, with the smallest and the largest. */
  readonly speedup: Summary;
  /** The same of its CPU time. */
  readonly cpuSpeedup: Summary;
  /** The longest time for which a batch was unmapped, in any round: how long a thread can have waited. */
  readonly pauseP999ms: number;
  readonly pauseMaxms: number;
  /** Of the round with the fewest, like the next two. */
  readonly adoptedBytes: number;
  readonly movedBytes: number;
  readonly hugeBytes: number;
  /** CPU time of watching and moving, as a percentage of one CPU. */
  readonly cpuPercent: number;
  /** Whether both ways gave the same answers. */
  readonly verified: boolean;
  /** Why pageferry/auto has adopted nothing in a round. Null if it has adopted memory in each. */
  readonly why: string | null;
}

/** The file of a run in which pageferry/auto had no ferry. */
interface NoReport {
  readonly why: string;
}

/** The report of `pageferry bench auto --json`. Fields are only ever added to a schema. */
export interface AutoBenchReport {
  readonly schema: 'pageferry.bench.auto/1';
  readonly host: Host;
  /** The chosen word of transparent_hugepage/enabled. With `always`, memory has huge pages without pageferry. */
  readonly hugePages: string;
  readonly options: Omit<AutoBenchOptions, 'folder'>;
  readonly rows: readonly AutoRow[];
  readonly notes: readonly string[];
}

const PRELOAD = fileURLToPath(new URL('../../auto.cjs', import.meta.url));
const PROCESS = new URL('./program-process.js', import.meta.url);

export function autoRuns({ programs, rounds }: AutoBenchOptions): number {
  return programs.length * rounds;
}

/**
 * Runs programs alternately without and with pageferry/auto, each in a process of its own. `onRun` is called after each pair.
 * @throws MigrationError if a program fails
 */
export async function runAuto(options: AutoBenchOptions, onRun: () => void): Promise<AutoBenchReport> {
  const { folder, ...rest } = options;
  const load = loaderOf(folder);
  const rows: AutoRow[] = [];
  const notes: string[] = [];
  for (const program of options.programs) {
    const why = absence(program, load);
    if (why === undefined) {
      const row = await measure(program, options, onRun);
      rows.push(row);
      if (row.adoptedBytes === 0)
        notes.push(`${program}, in one round at least: ${row.why ?? 'nothing was adopted'}`);
    } else notes.push(`${program} was left out: ${why} in ${folder} (--folder)`);
  }
  const hugePages = /\[(\w+)\]/.exec(readText('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1];
  return {
    schema: 'pageferry.bench.auto/1',
    host: describeHost(),
    hugePages: hugePages ?? 'none',
    options: rest,
    rows,
    notes,
  };
}

async function measure(program: string, options: AutoBenchOptions, onRun: () => void): Promise<AutoRow> {
  const without: ProgramRun[] = [];
  const preloaded: (ProgramRun & { readonly report: AutoReport | NoReport })[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-bench-auto-'));
  try {
    for (let round = 0; round < options.rounds; round++) {
      const file = join(folder, `${round}.json`);
      const plain = async () => void without.push(await run(program, options, undefined));
      const auto = async () => {
        const measured = await run(program, options, file);
        preloaded.push({ ...measured, report: reportIn(file) });
      };
      // The second one finds the processor and the memory as the first has left them.
      for (const way of round % 2 === 0 ? [plain, auto] : [auto, plain]) await way();
      onRun();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const reports = preloaded.map(({ report }) => report).filter((report) => 'autopilot' in report);
  const of = (figure: (report: AutoReport) => number): number => Math.max(0, ...reports.map(figure));
  const least = (figure: (report: AutoReport) => number): number =>
    reports.length < preloaded.length ? 0 : Math.min(...reports.map(figure));
  return {
    program,
    rounds: options.rounds,
    without: wayOf(without),
    with: wayOf(preloaded),
    speedup: summarize(without.map(({ medianMs }, i) => medianMs / preloaded[i]!.medianMs)),
    cpuSpeedup: summarize(without.map(({ medianCpuMs }, i) => medianCpuMs / preloaded[i]!.medianCpuMs)),
    pauseP999ms: of(({ autopilot }) => autopilot.pauses.p999Ns) / 1e6,
    pauseMaxms: of(({ autopilot }) => autopilot.pauses.maxNs) / 1e6,
    adoptedBytes: least(({ now }) => now.bytes),
    movedBytes: least(({ autopilot }) => autopilot.moves.reduce((sum, { bytes }) => sum + bytes, 0)),
    hugeBytes: least(({ autopilot }) => autopilot.hugeBytes),
    cpuPercent: of(
      ({ autopilot: { cpuNs, elapsedMs } }) => (cpuNs.watching + cpuNs.moving) / elapsedMs / 1e4,
    ),
    verified: sameAnswers([...without, ...preloaded]),
    why:
      preloaded.map(({ report }) => ('why' in report ? report.why : null)).find((why) => why !== null) ??
      null,
  };
}

function reportIn(file: string): AutoReport | NoReport {
  return JSON.parse(readFileSync(file, 'utf8')) as AutoReport | NoReport;
}

function wayOf(runs: readonly ProgramRun[]): AutoWay {
  const of = (figure: (run: ProgramRun) => number): Summary => summarize(runs.map(figure));
  return {
    medianMs: of(({ medianMs }) => medianMs),
    medianCpuMs: of(({ medianCpuMs }) => medianCpuMs),
    p99Ms: of(({ p99Ms }) => p99Ms),
    maxMs: of(({ maxMs }) => maxMs),
    rssBytes: of(({ rssBytes }) => rssBytes),
  };
}

function sameAnswers(runs: readonly ProgramRun[]): boolean {
  const count = Math.min(...runs.map(({ answers }) => answers.length));
  const [first] = runs;
  return runs.every(({ answers }) => answers.slice(0, count).every((each, i) => each === first!.answers[i]));
}

/** @param report File for the report of pageferry/auto, undefined to run without it. */
function run(program: string, options: AutoBenchOptions, report: string | undefined): Promise<ProgramRun> {
  const { folder, warmUp, seconds } = options;
  const child = fork(fileURLToPath(PROCESS), [program, folder, String(warmUp), String(seconds)], {
    execArgv: report === undefined ? [] : ['--require', PRELOAD],
    env: { ...process.env, PAGEFERRY_AUTO_REPORT: report },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let result: ProgramRun | undefined;
    child.on('message', (message: ProgramRun) => {
      result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (result !== undefined && code === 0) resolve(result);
      else reject(failed(program, signal ?? `exit code ${code}`));
    });
  });
}

function failed(program: string, how: string): MigrationError {
  return new MigrationError('EIO', `${program} ended with ${how}`, {
    operation: 'bench auto',
    advice: 'Its error is above.',
  });
}
