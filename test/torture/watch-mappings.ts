/**
 * Preloaded into every thread of a process (`NODE_OPTIONS=--import=…`): each call of mmap(2), munmap(2) and mremap(2) that
 * goes through koffi is written to the process's mapping ledger. It changes no result.
 */
import { createRequire } from 'node:module';
import { getEnvironmentData, isMainThread, type Serializable, setEnvironmentData } from 'node:worker_threads';
import { LEDGER_KEY, MappingLedger } from './mapping-ledger.js';

type Call = (...values: unknown[]) => unknown;
interface Library {
  func(name: string, result: unknown, parameters: unknown[]): Call;
}
interface Koffi {
  load(path: string | null): Library;
}

if (isMainThread) setEnvironmentData(LEDGER_KEY, new MappingLedger().buffer as unknown as Serializable);
const ledger = new MappingLedger(getEnvironmentData(LEDGER_KEY) as unknown as SharedArrayBuffer);

/** MREMAP_DONTUNMAP of <linux/mman.h>: the old range stays mapped. */
const DONTUNMAP = 4;

const RECORDED: Readonly<Record<string, (call: Call) => Call>> = {
  mmap:
    (call) =>
    (...values) => {
      const address = call(...values);
      if (Number(address) <= Number.MAX_SAFE_INTEGER) ledger.mapped(Number(address), Number(values[1]));
      return address;
    },
  munmap:
    (call) =>
    (...values) => {
      // Before the call: afterwards another thread may be given the same addresses, and would be recorded first.
      ledger.unmapped(Number(values[0]), Number(values[1]));
      return call(...values);
    },
  mremap:
    (call) =>
    (...values) => {
      const [from, oldBytes, newBytes, flags] = values.map(Number) as [number, number, number, number];
      if ((flags & DONTUNMAP) !== 0) return call(...values);
      ledger.unmapped(from, oldBytes);
      const address = call(...values);
      const moved = Number(address) <= Number.MAX_SAFE_INTEGER;
      ledger.mapped(moved ? Number(address) : from, moved ? newBytes : oldBytes);
      return address;
    },
};

const koffi = createRequire(import.meta.url)('koffi') as Koffi;
const { load } = koffi;
koffi.load = (path) => {
  const library = load(path);
  return {
    func(name, result, parameters) {
      const call = library.func(name, result, parameters);
      return RECORDED[name]?.(call) ?? call;
    },
  };
};
