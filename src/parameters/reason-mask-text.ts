import { ALL_REASONS, MIGRATE_REASONS, type MigrateReason, reasonBit } from '../mm/reason.js';
import { kstrtouint } from './kstrto.js';
import { refusedValue } from './parameter-values.js';

const RULE = "must be 'all', 'none', comma-separated reasons, or their bits as a number";

/** Shows a reason mask: `all`, `none`, or comma-separated names in the kernel's order. */
export function formatReasonMask(mask: number): string {
  if (mask === ALL_REASONS) return 'all';
  const names = MIGRATE_REASONS.filter((reason) => (mask & reasonBit(reason)) !== 0);
  return names.length === 0 ? 'none' : names.join(',');
}

/**
 * Reads a reason mask: `all`, `none`, names separated by commas or spaces, or a number whose bits are those of `reasonBit`.
 * @throws MigrationError EINVAL that names the parameter, for an unknown name or bit.
 */
export function readReasonMask(path: string, text: string): number {
  const words = text.replace(/\n$/, '');
  if (words === 'all') return ALL_REASONS;
  if (words === 'none') return 0;
  const bits = kstrtouint(words);
  if (bits !== undefined) return knownBits(path, text, bits);
  let mask = 0;
  for (const name of words.split(/ *, *| +/)) mask |= bitOf(path, text, name);
  return mask;
}

function knownBits(path: string, text: string, bits: number): number {
  if (bits <= ALL_REASONS) return bits;
  throw refusedValue(path, text, RULE, `The largest mask is 0x${ALL_REASONS.toString(16)}.`);
}

function bitOf(path: string, text: string, name: string): number {
  if ((MIGRATE_REASONS as readonly string[]).includes(name)) return reasonBit(name as MigrateReason);
  throw refusedValue(path, text, RULE, `Reasons: ${MIGRATE_REASONS.join(', ')}.`);
}
