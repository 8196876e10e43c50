import { createRequire } from 'node:module';
import { release } from 'node:os';
import { basePagesRefused } from '../../linux/sys/base-pages.js';
import type { Check } from './check.js';
import { isAtLeast } from './versions.js';

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

export function checkNodeVersion(): Check {
  const found = process.version;
  if (isAtLeast(found, [20, 17])) return { id: 'node', status: 'ok', found };
  return {
    id: 'node',
    status: 'limited',
    found,
    why: 'pageferry needs Node 20.17 or later, and is not tested with earlier versions.',
    advice: 'Update Node.',
  };
}

export function checkSystem(): Check {
  const { platform, arch } = process;
  const found = `${SYSTEMS[platform] ?? platform} on ${arch}`;
  if (platform !== 'linux') {
    return {
      id: 'system',
      status: 'missing',
      found,
      why: 'pages of a running program are moved with userfaultfd, which only Linux has.',
      advice: 'Use Linux 6.8 or later. A virtual machine is sufficient.',
    };
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    return {
      id: 'system',
      status: 'missing',
      found,
      why: 'only x64 and arm64 are supported.',
      advice: 'Use a host with one of them.',
    };
  }
  return { id: 'system', status: 'ok', found };
}

export function checkKernel(): Check {
  const found = release();
  if (isAtLeast(found, [6, 8])) return { id: 'kernel', status: 'ok', found };
  return {
    id: 'kernel',
    status: 'missing',
    found,
    why: 'UFFDIO_MOVE, which moves pages without a copy, needs Linux 6.8.',
    advice: 'Boot Linux 6.8 or later.',
  };
}

export function checkKoffi(): Check {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as { version: string };
    return { id: 'koffi', status: 'ok', found: koffi.version };
  } catch (error) {
    return {
      id: 'koffi',
      status: 'missing',
      found: 'failed to load',
      why: `koffi is needed to call the C library: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
      advice: "Reinstall without --omit=optional: koffi's native binary is an optional dependency.",
    };
  }
}

/** Call it only if `checkSystem` and `checkKoffi` succeed. */
export function checkBasePages(): Check {
  const id = 'base pages';
  const refused = basePagesRefused();
  if (refused === undefined) return { id, status: 'ok', found: '4 KiB' };
  const { problem, advice } = refused;
  return { id, status: 'missing', found: 'not 4 KiB', why: `${problem}.`, advice };
}
