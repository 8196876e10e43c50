import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processFigures } from './process-figures.js';
import type { EndMessage, TortureMessage, TortureOptions } from './protocol.js';
import { countersLine, finalReport, progressLine, type Sample } from './report.js';
import { threadStates } from './thread-states.js';
import { StallWatch } from './watchdog.js';

export interface SuperviseOptions extends TortureOptions {
  /** Seconds for which an actor may do nothing. */
  readonly stall: number;
  /** Seconds between two reports. */
  readonly every: number;
  /** How to run it again. */
  readonly replay: string;
  print(text: string): void;
}

const LOOK_MS = 1000;

/** Tortures in a process of its own, which it kills if that gets stuck. Resolves to whether nothing was lost. */
export async function supervise(options: SuperviseOptions): Promise<boolean> {
  const { print, stall } = options;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { seconds: length, seed, log } = options;
  const child = fork(
    fileURLToPath(new URL('./run.js', import.meta.url)),
    [JSON.stringify({ seconds: length, seed, log } satisfies TortureOptions)],
    { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const watch = new StallWatch(stall * 1000, performance.now());
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
    const figures = processFigures(child.pid!);
    if (figures === undefined) return;
    const sample = { seconds: seconds(), message, figures };
    samples.push(sample);
    if (sample.seconds - (reported?.seconds ?? 0) < options.every) return;
    print(progressLine(sample, reported));
    print(countersLine(message));
    reported = sample;
  });
  const looking = setInterval(() => {
    stuck = watch.stalled(performance.now());
    if (stuck.length === 0) return;
    clearInterval(looking);
    print(`STUCK: no sign of life for ${stall} s from ${stuck.join(', ')}`);
    print(threadStates(child.pid!));
    setTimeout(() => {
      print(`a second later:\n${threadStates(child.pid!)}`);
      child.kill('SIGKILL');
    }, 1000);
  }, LOOK_MS);
  const { code, signal } = await exitOf(child);
  clearInterval(looking);
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

function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}
