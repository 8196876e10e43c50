import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { pathProblem } from '../../common/path-problem.js';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { serveParameters } from '../../ferry/serve-parameters.js';
import { UsageError } from '../ui/errors.js';
import { namedByFlag } from '../ui/named-by-flag.js';
import type { HeatDemoData } from './heat-demo-worker.js';

const BYTES = 64 * 2 ** 20;
/** The beginning of the name of a demo's folder. */
const PREFIX = 'pageferry-heat-';
/** A demo has its socket sooner than this. */
const STARTING_MS = 60_000;

/**
 * A program to watch: a thread uses a tenth of its memory often, and the rest seldom. Every 5 s another tenth is the hot one.
 * It serves its ferry at a socket, as any other program does.
 */
export class HeatDemo {
  readonly socket: string;
  readonly #remove: () => void;
  readonly #ferry: Ferry;
  readonly #worker: Worker;

  private constructor(folder: string, ferry: Ferry, worker: Worker, remove: () => void) {
    this.#remove = remove;
    this.socket = socketIn(folder);
    this.#ferry = ferry;
    this.#worker = worker;
  }

  /** @throws MigrationError as openFerry does, UsageError for a directory of temporary files that does not serve */
  static async start(): Promise<HeatDemo> {
    await removeLeftovers();
    const folder = makeFolder();
    const remove = (): void => removeFolder(folder);
    process.once('exit', remove);
    const ferry = await openFerry();
    let worker: Worker | undefined;
    try {
      const memory = new SharedArrayBuffer(BYTES);
      const workerData: HeatDemoData = { memory };
      worker = new Worker(new URL('./heat-demo-worker.js', import.meta.url), {
        workerData,
        name: 'heat demo',
      });
      await once(worker, 'message');
      ferry.adopt(memory, { name: 'demo' });
      await namedByFlag({ path: 'TMPDIR' }, () => serveParameters(ferry, socketIn(folder)));
      return new HeatDemo(folder, ferry, worker, remove);
    } catch (error) {
      await endAll(ferry, worker, remove);
      throw error;
    }
  }

  end(): Promise<void> {
    return endAll(this.#ferry, this.#worker, this.#remove);
  }
}

function socketIn(folder: string): string {
  return join(folder, 's');
}

async function endAll(ferry: Ferry, worker: Worker | undefined, remove: () => void): Promise<void> {
  // Pages first: a thread that waits for a page cannot be ended.
  await ferry.close();
  await worker?.terminate();
  process.off('exit', remove);
  remove();
}

/** @throws UsageError */
function makeFolder(): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, PREFIX));
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const problem = pathProblem(code, parent);
    const why = problem === undefined ? message : `${problem} (${code})`;
    throw new UsageError(`TMPDIR: the demo cannot make a folder for its socket: ${why}`, { cause });
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes the folders of this user's demos that were killed. No demo listens there any more. */
async function removeLeftovers(): Promise<void> {
  for (const name of namesIn(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    try {
      const found = lstatSync(folder);
      if (!found.isDirectory() || found.uid !== process.getuid?.()) continue;
      const answer = await connected(socketIn(folder));
      // Without a socket, another demo may just be starting.
      const old = Date.now() - found.mtimeMs > STARTING_MS;
      if (answer === 'ECONNREFUSED' || (answer === 'ENOENT' && old)) removeFolder(folder);
    } catch {
      // Another demo has removed it, or it is not ours to remove.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Connects to a socket for a moment. Resolves to the code of the error, or to nothing. */
async function connected(path: string): Promise<string | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
  }
}
