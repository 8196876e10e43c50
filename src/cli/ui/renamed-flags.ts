/** The words for a flag in a hint, where its name alone does not explain it. */
const USES: Readonly<Record<string, string>> = {
  '--batch-bytes': '--batch-bytes, in bytes (a page has 4K)',
  '--copy-mode': '--copy-mode exclusive or --copy-mode write-protected',
  '--gaps': '--gaps skip or --gaps move',
};

/** Flags that had another name before 1.0, or have another name in other commands. The first that a command has counts. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  '--batch': ['--folios-per-call', '--batch-bytes', '--max-batch'],
  '--batch-pages': ['--batch-bytes', '--max-batch'],
  '--batch-bytes': ['--max-batch'],
  '--max-batch': ['--batch-bytes'],
  '--most': ['--max-batch'],
  '--max': ['--max-batch'],
  '--concurrency': ['--copy-mode'],
  '--granularity': ['--gaps'],
  '--swap': ['--cutover', '--cutover-pages'],
  '--swap-pages': ['--cutover-pages', '--cutover'],
  '--cutover': ['--cutover-pages'],
  '--cutover-pages': ['--cutover'],
  '--size': ['--bytes'],
};

/** The flag to use for one that a command does not have, if it is one of `known`. */
export function otherFlag(flag: string, known: readonly string[]): string | undefined {
  const names = Object.hasOwn(OTHER_NAMES, flag) ? OTHER_NAMES[flag]! : [];
  const now = names.find((name) => known.includes(name));
  return now === undefined ? undefined : (USES[now] ?? now);
}
