import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MigrationError } from '../../common/migration-error.js';
import type { BenchRunner } from '../../dashboard/dashboard-host.js';
import type { BenchRequest, BenchState } from '../../dashboard/messages.js';
import { isProgressMessage } from '../ui/progress.js';
import { benchArguments } from './bench-arguments.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
/** Characters that are kept of the end of standard error. */
const MAX_ERROR_TEXT = 2000;
/** Maximum bytes of a report, more than any bench writes. */
const MAX_REPORT = 32 * 2 ** 20;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Runs `pageferry bench` as another process. So the bench shares no event loop, heap or ferry with the server. It can be
 * ended at any time, and a crash ends only itself.
 */
export class BenchProcess implements BenchRunner {
  #state: Mutable<BenchState> | null = null;
  #report: unknown = null;
  #child: ChildProcess | undefined;
  #started = 0;

  get state(): BenchState | null {
    return this.#state === null ? null : { ...this.#state };
  }

  get report(): unknown {
    return this.#report;
  }

  start({ bench, options }: BenchRequest): BenchState {
    if (this.#child !== undefined) {
      throw new MigrationError('EBUSY', 'a bench is already running', {
        operation: 'bench',
        advice: 'Stop it, or wait until it ends.',
      });
    }
    const given = benchArguments(bench, options);
    const state: Mutable<BenchState> = {
      id: ++this.#started,
      bench,
      command: ['pageferry', 'bench', bench, ...given].join(' '),
      status: 'running',
      done: 0,
      total: 0,
      problem: null,
    };
    this.#state = state;
    this.#report = null;
    this.#child = fork(MAIN, ['bench', bench, ...given, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#follow(this.#child, state).catch((error: unknown) => {
      state.status = 'failed';
      state.problem = String(error);
      this.#child = undefined;
    });
    return { ...state };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#state === null) return;
    this.#state.status = 'stopped';
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async #follow(child: ChildProcess, state: Mutable<BenchState>): Promise<void> {
    let json = '';
    let errors = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      if (json.length < MAX_REPORT) json += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-MAX_ERROR_TEXT);
    });
    child.on('message', (message) => {
      if (isProgressMessage(message)) Object.assign(state, message.progress);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    this.#child = undefined;
    if (state.status === 'stopped') return;
    // Exit code 1 with a report: a row failed its verification.
    const report = code === 0 || code === 1 ? parsed(json) : undefined;
    if (report === undefined) {
      state.status = 'failed';
      state.problem = errors.trim() === '' ? `the bench exited with status ${code}` : errors.trim();
      return;
    }
    this.#report = report;
    state.status = 'done';
    state.done = state.total;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
