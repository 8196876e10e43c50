import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { AccessPort, PageMarksPort } from '../../../src/mm/ports/access-port.js';
import type { LiveMachine } from '../../../src/mm/ports/live-machine.js';
import type { WriteProtectPort } from '../../../src/mm/ports/write-protect-port.js';

/** Properties of a machine that are ports. */
const PORTS: ReadonlySet<string | symbol> = new Set(['writeProtection', 'touches', 'cpuClock']);
/** Files that an access source opens. */
const FILES: Readonly<Record<string, string>> = {
  clearRefs: '/proc/self/clear_refs',
  smaps: '/proc/self/smaps',
};

/**
 * What is to go wrong in the migration thread: the `nth` call of a method of its machine, or of a port of it, before or after
 * it is done. Or the `nth` time that it opens a file.
 */
export interface Failure {
  readonly call:
    | keyof LiveMachine
    | keyof WriteProtectPort
    | keyof AccessPort
    | keyof PageMarksPort
    | 'clearRefs'
    | 'smaps';
  readonly nth: number;
  readonly when: 'before' | 'after';
  /** `throw`: an error that nobody expects. `exit`: the thread ends there and then, and nothing catches it. */
  readonly how: 'throw' | 'exit';
}

/** URL for the `wrapMachine` of a ferry's internals. */
export function failingMachine(failure: Failure): string {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams({ ...failure, nth: String(failure.nth) }).toString();
  return url.href;
}

/** Runs in the migration thread, where this module was imported by that URL. */
export function wrapMachine(machine: LiveMachine): LiveMachine {
  const wanted = Object.fromEntries(new URL(import.meta.url).searchParams) as Record<keyof Failure, string>;
  let calls = 0;
  const fail = (): void => {
    if (wanted.how === 'exit') process.exit(3);
    throw new Error(`made to fail ${wanted.when} ${wanted.call}`);
  };
  const file = FILES[wanted.call];
  if (file !== undefined) {
    const open = fs.openSync;
    fs.openSync = (path, ...rest) => {
      const now = path === file && ++calls === Number(wanted.nth);
      if (now && wanted.when === 'before') fail();
      const descriptor = open(path, ...rest);
      if (now && wanted.when === 'after') fail();
      return descriptor;
    };
    syncBuiltinESMExports();
    return machine;
  }
  const spoiled = <T extends object>(healthy: T): T =>
    new Proxy(healthy, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (PORTS.has(name) && value !== undefined) return spoiled(value as object);
        if (typeof value !== 'function') return value;
        if (name === 'marks' && wanted.call !== 'marks')
          return (...args: unknown[]) => spoiled(value.apply(target, args));
        if (name !== wanted.call) return value.bind(target);
        return (...args: unknown[]): unknown => {
          const now = ++calls === Number(wanted.nth);
          if (now && wanted.when === 'before') fail();
          const result: unknown = value.apply(target, args);
          if (now && wanted.when === 'after') fail();
          return result;
        };
      },
    });
  return spoiled(machine);
}
