import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KernelLog } from './kernel-log.js';
import type { EndMessage, TortureMessage, TortureOptions } from './protocol.js';
import { countersLine, finalReport, progressLine, type Sample } from './report.js';
import { stallReport, verdict } from './stall-report.js';
import { takeSnapshot } from './tasks.js';
import { untilKernelNames } from './until-kernel-names.js';
import { StallWatch } from './watchdog.js';

export interface SuperviseOptions extends TortureOptions {
  /** Seconds for which an actor may do nothing. */
  readonly stall: number;
  /** Seconds between two reports. */
  readonly every: number;
  /** How to run it again. */
  readonly replay: string;
  /** What to torture; by default run.ts. */
  readonly program?: URL;
  /** Seconds for which a stuck process is kept, at most, until the kernel's log says what it waits for. */
  readonly hold?: number;
  print(text: string): void;
}

const POLL_MS = 1000;
/** Until its first message the process has so much longer: to load its modules may take seconds on a busy host. */
const START_MS = 60_000;
/** Between two looks at all tasks. */
const BETWEEN_MS = 1000;

/** Tortures in a process of its own, which it kills if that gets stuck. Resolves to whether nothing was lost. */
export async function supervise(options: SuperviseOptions): Promise<boolean> {
  const { print, stall } = options;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { seconds: length, seed, log: logTo, sources, autopilot } = options;
  const child = fork(
    fileURLToPath(options.program ?? new URL('./run.js', import.meta.url)),
    [JSON.stringify({ seconds: length, seed, log: logTo, sources, autopilot } satisfies TortureOptions)],
    { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const watch = new StallWatch(stall * 1000, performance.now() + START_MS);
  const samples: Sample[] = [];
  let reported: Sample | undefined;
  let end: EndMessage | undefined;
  let stuck: readonly string[] = [];
  child.on('message', (message: TortureMessage) => {
    if (message.kind === 'end') {
      end = message;
      watch.hear({}, performance.now());
      return;
    }
    watch.hear(message.beats, performance.now());
    const sample = { seconds: seconds(), message, figures: message.figures };
    samples.push(sample);
    if (sample.seconds - (reported?.seconds ?? 0) < options.every) return;
    print(progressLine(sample, reported));
    print(countersLine(message));
    reported = sample;
  });
  const log = new KernelLog();
  const looking = setInterval(() => {
    stuck = watch.stalled(performance.now());
    if (stuck.length === 0) return;
    clearInterval(looking);
    print(`STUCK: no sign of life for ${stall} s from ${stuck.join(', ')}`);
    void explain(child.pid!, log, options).finally(() => child.kill('SIGKILL'));
  }, POLL_MS);
  const { code, signal } = await exitOf(child);
  clearInterval(looking);
  log.close();
  const last = samples.at(-1);
  if (end !== undefined) print(finalReport(end, samples, seconds()));
  else if (last !== undefined) print(`${progressLine(last, undefined)}\n${countersLine(last.message)}`);
  const good =
    code === 0 &&
    stuck.length === 0 &&
    end !== undefined &&
    end.failures.length === 0 &&
    end.proof.damaged.length === 0 &&
    end.proof.updatesMade === end.proof.updatesFound;
  if (!good) print(`FAILED after ${seconds().toFixed(0)} s (exit code ${code}, signal ${signal})`);
  print(`${good ? 'nothing lost' : 'to try again'}: seed ${seed}, ${options.replay}`);
  return good;
}

/** Prints what every task of the system does, and what the kernel has to say of those that are stuck. */
async function explain(pid: number, log: KernelLog, { print, hold }: SuperviseOptions): Promise<void> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  const first = takeSnapshot();
  await pause();
  print(stallReport(pid, first, takeSnapshot()));
  if (!(await untilKernelNames(pid, log, print, hold))) return;
  const later = takeSnapshot();
  await pause();
  print(`once more, later:\n  ${verdict(pid, later, takeSnapshot()).join('\n  ')}`);
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}
