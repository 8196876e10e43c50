import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const PRELOAD = fileURLToPath(new URL('../../../src/auto.cjs', import.meta.url));
export const CLI = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/** Refuses userfaultfd: see there. */
export const REFUSE = fileURLToPath(new URL('./scripts/refuse.cjs', import.meta.url));

/** The path of one of the programs of these tests. */
export function scriptOf(name: string): string {
  return fileURLToPath(new URL(`./scripts/${name}.js`, import.meta.url));
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LIMIT = { timeout: 120_000, killSignal: 'SIGKILL' } as const;

/** Runs node until it ends. */
export function runNode(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  input: string | undefined = undefined,
): Ended {
  const env = { ...process.env, ...variables };
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...LIMIT,
  });
  return { stdout, stderr, code: status, signal };
}

/** Runs node, sends it the next signals each time that it prints `ready`, and resolves when it has ended. */
export function runWithSignals(
  args: readonly string[],
  signals: readonly (readonly NodeJS.Signals[])[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...variables }, ...LIMIT });
  const output = { stdout: '', stderr: '' };
  let sent = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    const ready = output.stdout.split('ready').length - 1;
    while (sent < Math.min(ready, signals.length)) for (const each of signals[sent++]!) child.kill(each);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...output, code, signal }));
  });
}
