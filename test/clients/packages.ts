import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

/** Folder of the programs' package.json and lock file; git ignores what is installed there. */
export const PACKAGES = new URL('../../../test/clients/npm/', import.meta.url);

/** What npm says when it cannot reach the registry. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E403|E407|E50\d)\b/;
const NPM_CI = [
  'ci',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=1',
  '--fetch-timeout=60000',
];

/**
 * Installs the programs as the lock file has them, if they are not installed yet. Runs no script of theirs.
 *
 * Returns why it cannot, where that is the network's fault.
 * @throws Error with what npm says, where it is not.
 */
export function installPackages(): string | undefined {
  const lock = new URL('package-lock.json', PACKAGES);
  const installed = new URL('node_modules/.installed-from.json', PACKAGES);
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) return undefined;
  console.log('test:clients: installing the programs (about 430 MB)');
  const { status, stderr, error } = spawnSync('npm', NPM_CI, { cwd: PACKAGES, encoding: 'utf8' });
  if (error !== undefined) return `npm cannot be run (${error.message})`;
  if (status !== 0) {
    const reason = UNREACHABLE.exec(stderr)?.[0];
    if (reason === undefined) throw new Error(`npm ci has failed with status ${status}:\n${stderr}`);
    return `npm cannot reach its registry (${reason})`;
  }
  copyFileSync(lock, installed);
  return undefined;
}
