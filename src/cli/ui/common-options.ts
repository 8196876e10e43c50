import { Option } from 'commander';
import { folioSize, listOf, type OptionParser, oneOf, wholeNumber } from './option-parsers.js';

/** An option that several commands have. In the functions below, `byDefault` is for the help. */
function option(flags: string, description: string, parse: OptionParser<unknown>): Option {
  return new Option(flags, description).argParser(parse);
}

export function channelCounts(byDefault: string): Option {
  const description = `DMA channels of dcbm, 1 to 16 (default: ${byDefault})`;
  return option('--channels <counts>', description, listOf(wholeNumber(1, 16)));
}

export function channelCount(): Option {
  return option('--channels <count>', 'DMA channels of dcbm, 1 to 16 (default: 1)', wholeNumber(1, 16));
}

export function threadCounts(byDefault: string): Option {
  const description = `copy threads of mtcopy, 1 to 64 (default: ${byDefault})`;
  return option('--threads <counts>', description, listOf(wholeNumber(1, 64)));
}

export function threadCount(byDefault: string): Option {
  const description = `copy threads of mtcopy, 1 to 64 (default: ${byDefault})`;
  return option('--threads <count>', description, wholeNumber(1, 64));
}

/** The migrator of a simulated experiment that compares it with the baseline. */
export function offloadingMigrator(migrators: readonly string[]): Option {
  const description = 'migrator that offloads: cpu, mtcopy, dcbm (default: dcbm)';
  return option('--migrator <name>', description, oneOf(migrators));
}

export function deviceName(devices: readonly string[]): Option {
  const description = 'DMA device of dcbm: soft (one thread per channel) or idxd (Intel DSA) (default: soft)';
  return option('--device <name>', description, oneOf(devices));
}

export function folioSizes(byDefault: string): Option {
  return option('--folio <sizes>', `folio sizes, 4K to 2M (default: ${byDefault})`, listOf(folioSize));
}

export function depth(byDefault: string): Option {
  return option('--depth <count>', `batches in flight, 1 to 4 (default: ${byDefault})`, wholeNumber(1, 4));
}

export function hogs(): Option {
  const description = 'programs that compete for the migrating CPU (default: 0)';
  return option('--hogs <count>', description, wholeNumber(0, 64));
}

/** @param what The words after `seed` in the help. */
export function seed(what: string, max = 2 ** 32 - 1): Option {
  return option('--seed <number>', `seed${what} (default: 1)`, wholeNumber(0, max));
}

/** The seed of a simulation. */
export function simSeed(result = 'figures'): Option {
  return seed(`; the same seed gives the same ${result}`);
}

/** The folio sizes of the RFC: 4K to 2M. */
export const RFC_FOLIOS: readonly number[] = [4, 16, 64, 256, 1024, 2048].map((kib) => kib * 1024);
