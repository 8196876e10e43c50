import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const NAME = 'pageferry-swap-';

/** Swap space for the time of a test. Whoever opens it closes it whatever happens. */
export class SwapFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Returns why not, where swap is not permitted. */
  static open(bytes: number): SwapFile | string {
    SwapFile.dropLeftovers();
    const path = join(tmpdir(), `${NAME}${process.pid}`);
    // Written, not truncated to its size: a swap file may have no holes.
    writeFileSync(path, new Uint8Array(bytes), { mode: 0o600 });
    for (const command of ['mkswap', 'swapon']) {
      const { status, error, stderr } = spawnSync(command, [path], { encoding: 'utf8', env: withSbin() });
      if (status === 0) continue;
      rmSync(path, { force: true });
      return `${command}: ${error?.message ?? stderr.trim()}`;
    }
    return new SwapFile(path);
  }

  close(): void {
    swapOff(this.#path);
  }

  /** What a test that was killed has left. */
  static dropLeftovers(): void {
    for (const line of readFileSync('/proc/swaps', 'utf8').split('\n')) {
      const path = line.split(/\s/, 1)[0]!;
      const pid = path.split(NAME)[1];
      if (pid !== undefined && !isAlive(Number(pid))) swapOff(path);
    }
  }
}

function swapOff(path: string): void {
  const { status, stderr } = spawnSync('swapoff', [path], { encoding: 'utf8', env: withSbin() });
  if (status !== 0) throw new Error(`swapoff: ${stderr}`);
  rmSync(path, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function withSbin(): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env;
  return { ...process.env, PATH: `${PATH}:/usr/sbin:/sbin` };
}

/** Runs `use` with so much swap space. Skips the test where swap is not permitted. */
export async function withSwap(t: TestContext, bytes: number, use: () => Promise<void>): Promise<void> {
  const swap = SwapFile.open(bytes);
  if (typeof swap === 'string') {
    t.skip(swap);
    return;
  }
  try {
    await use();
  } finally {
    swap.close();
  }
}
