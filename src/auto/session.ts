import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Autopilot, AutopilotOptions } from '../autopilot/autopilot.js';
import { launch } from '../autopilot/start-autopilot.js';
import type { Ferry } from '../ferry/ferry.js';
import { giveWay } from '../ferry/give-way.js';
import { openFerryWith } from '../ferry/open-ferry.js';
import { serveParameters } from '../ferry/serve-parameters.js';
import { Adopter } from './adopter.js';
import { type AutoReport, reportText, thisThread } from './report.js';
import { type AutoSettings, readSettings } from './settings.js';

/** Pages that a pool keeps count as memory of the program, so they are few. */
const POOL_BYTES = 8 * 2 ** 20;

/** The ferry and the autopilot of one thread of a program that has preloaded pageferry/auto. */
export class AutoSession {
  readonly #ferry: Ferry;
  readonly #autopilot: Autopilot;
  readonly #adopter: Adopter;
  readonly #settings: AutoSettings;
  readonly #openedMs: number;
  #gaveWay = false;

  constructor(ferry: Ferry, settings: AutoSettings, openedMs: number) {
    this.#ferry = ferry;
    this.#settings = settings;
    this.#openedMs = openedMs;
    // It would become a warning of the program. The report has the problem.
    ferry.closed.catch(() => undefined);
    ferry.on('ejected', () => undefined);
    // This access source needs no reference to memory that it watches: see Region.heat.
    const options: AutopilotOptions = { source: 'referenced', ...settings.autopilot };
    this.#autopilot = launch(ferry, options, undefined, () => undefined);
    this.#adopter = new Adopter(ferry, settings.minBytes);
    giveWay(async () => {
      this.#gaveWay = true;
      // A failed ferry has released its regions.
      await ferry.close().catch(() => undefined);
    });
  }

  adopt(memory: object): void {
    if (!this.#gaveWay) this.#adopter.adopt(memory);
  }

  report(): AutoReport {
    const { regions } = this.#ferry;
    return {
      ...thisThread(),
      minBytes: this.#settings.minBytes,
      gaveWay: this.#gaveWay,
      adopted: this.#adopter.adopted,
      now: { count: regions.length, bytes: regions.reduce((sum, { bytes }) => sum + bytes, 0) },
      refused: this.#adopter.refused,
      openedMs: this.#openedMs,
      autopilot: this.#autopilot.report(),
    };
  }

  /** The report for a file with this name. */
  text(file: string): string {
    const report = this.report();
    return file.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : reportText(report);
  }
}

/**
 * Opens the ferry of a thread. Nothing of it keeps the process alive, or shows in it as a warning.
 * @throws RangeError for a bad setting, and MigrationError if the host cannot migrate
 */
export async function openSession(): Promise<AutoSession> {
  const settings = readSettings(process.env);
  const begun = performance.now();
  const options = { keepAlive: false, poolBytes: POOL_BYTES };
  // With a user-mode-only userfaultfd, system calls of the program on its memory could fail.
  const ferry = await openFerryWith(options, { userModeOnly: 'refuse' });
  const session = new AutoSession(ferry, settings, performance.now() - begun);
  // Threads and child processes have the same settings. The main thread of the first process serves.
  const { PAGEFERRY_AUTO_OWNER: owner } = process.env;
  if (isMainThread && owner === String(process.pid)) await serve(ferry, settings);
  return session;
}

async function serve(ferry: Ferry, { socket, dashboard }: AutoSettings): Promise<void> {
  try {
    if (dashboard !== undefined) {
      // It has an HTTP server, so it is loaded only if it is needed.
      const { serveDashboard } = await import('../dashboard/serve-dashboard.js');
      const { url } = await serveDashboard(ferry, { port: dashboard });
      say(`the dashboard is at ${url}`);
    }
    if (socket !== undefined) await serveParameters(ferry, socket);
  } catch (error) {
    say(`cannot serve the ferry: ${(error as Error).message}`);
  }
}

function say(line: string): void {
  // Not by process.stderr, which the program may have replaced.
  writeSync(2, `pageferry: ${line}\n`);
}
