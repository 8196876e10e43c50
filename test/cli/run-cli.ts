import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pageferry` with these arguments; `nodeOptions` go to node itself. */
export function runCli(args: readonly string[], nodeOptions: readonly string[] = []): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeOptions, MAIN, ...args], {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...process.env, NODE_DEBUG: '' },
  });
  return { status, stdout, stderr };
}

/** Why this host cannot migrate real memory, or false when it can: for a test's `skip`. */
export function hostCannot(): string | false {
  const { status, stdout } = runCli(['doctor']);
  return status === 3 ? `this host cannot migrate real memory: ${stdout}` : false;
}
