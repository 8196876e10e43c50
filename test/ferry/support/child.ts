import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Longer than anything that works takes, also on a host that is busy; whoever needs it is stuck. */
const STUCK_MS = 90_000;

/** Runs a script of support/scripts/ in a process of its own. `signal` is SIGKILL when it had to be killed. */
export function runScript(name: string, ...args: string[]): Promise<ChildEnd> {
  return runScriptWith([], name, ...args);
}

/** The same with options of node's own. */
export function runScriptWith(
  options: readonly string[],
  name: string,
  ...args: string[]
): Promise<ChildEnd> {
  const path = fileURLToPath(new URL(`./scripts/${name}.js`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...options, path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), STUCK_MS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output });
    });
  });
}
