import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveParameters } from '../../../src/ferry/serve-parameters.js';
import { type Ferry, openFerry, type Region } from '../../../src/index.js';
import { fill } from '../../ferry/support/content.js';
import { LIMIT, MIB } from '../../ferry/support/fixture.js';
import { temporaryFolder } from '../../ferry/support/parameter-server-fixture.js';
import { hostCannot } from '../run-cli.js';

export const skip = hostCannot();
export const REAL = { ...LIMIT, skip };
export const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

export interface Served {
  readonly ferry: Ferry;
  readonly folder: string;
  readonly socket: string;
  readonly buffer: SharedArrayBuffer;
  readonly region: Region;
}

/** A ferry of this process with a region of 8 MiB. */
export async function served(t: TestContext): Promise<Served> {
  const folder = temporaryFolder(t);
  const socket = join(folder, 's');
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer, { name: 'heap' });
  await serveParameters(ferry, socket);
  return { ferry, folder, socket, buffer, region };
}

/** `pageferry heat …` as a process of its own, while this thread serves it. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [MAIN, 'heat', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_DEBUG: '', ...env },
    });
    t.after(() => void this.child.kill('SIGKILL'));
    this.child.stdout!.on('data', (chunk) => {
      this.stdout += String(chunk);
    });
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
  }

  /** Waits for text on standard output. */
  async says(text: RegExp): Promise<void> {
    while (!text.test(this.stdout)) {
      if (this.child.exitCode !== null) assert.fail(`it ended: ${this.stdout}${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The exit code. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

export async function refused(t: TestContext, args: readonly string[], status: number, named: RegExp) {
  const run = new Running(t, args);
  assert.deepEqual([await run.ended(), run.stdout], [status, ''], run.stderr);
  assert.match(run.stderr, named);
  assert.doesNotMatch(run.stderr, /^\s+at /m);
}

export const FAST = ['--interval', '0.1'];
export const SNAPSHOT = /^ +[\d.]+ s /m;
