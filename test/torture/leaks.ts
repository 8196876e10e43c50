/**
 * Whether what a process holds grows with its migrations, and with ferries that are opened and closed: `npm run leaks`.
 * Exit code 1 when it does. Starts leak-run.ts with the flags and the preloaded module that the figures need.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LEAK_FLAGS, LEAK_TUNABLES } from './leak-cycle.js';

const run = fileURLToPath(new URL('./leak-run.js', import.meta.url));
const env = {
  ...process.env,
  // Not a flag: threads that are started with flags of their own would not have it.
  NODE_OPTIONS: `--import=${new URL('./watch-mappings.js', import.meta.url)}`,
  GLIBC_TUNABLES: LEAK_TUNABLES,
};
spawn(process.execPath, [...LEAK_FLAGS, run, ...process.argv.slice(2)], { stdio: 'inherit', env }).once(
  'exit',
  (code) => {
    process.exitCode = code ?? 1;
  },
);
