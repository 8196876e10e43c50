/** Names of options before 1.0, for advice to programs that still use them. */
const OPTIONS: Readonly<Record<string, readonly { readonly now: string; readonly use?: string }[]>> = {
  concurrency: [{ now: 'copyMode', use: "copyMode: 'exclusive' or 'write-protected'" }],
  granularity: [{ now: 'gaps', use: "gaps: 'skip' or 'move'" }],
  // Of a ferry, and of the simulated machine.
  maxBatchedMigration: [
    { now: 'batchBytes', use: 'batchBytes, in bytes (a page has 4096)' },
    { now: 'batchPages' },
  ],
  poolWatermark: [{ now: 'poolBytes' }],
  readThrough: [{ now: 'writeProtected' }],
  mostBytes: [{ now: 'maxBytes' }],
  leastBytes: [{ now: 'minBytes' }],
  swapPages: [{ now: 'cutoverPages' }],
};

/** Values of options and flags before 1.0, and their new names. */
const VALUES: Readonly<Record<string, string>> = {
  'read-through': 'write-protected',
  exact: 'skip',
  bridge: 'move',
  stocked: 'prefilled',
  'swap-unflushed': 'cutover-unflushed',
};

/** Beginnings of the names of scenarios and mistakes of `explore`. */
const BEGINNINGS: readonly (readonly [before: string, now: string])[] = [
  ['read-through', 'write-protected'],
  ['guard-', 'protect-'],
  ['unguard-', 'unprotect-'],
  ['recheck-', 'verification-'],
];

/** The last names of parameters. */
const PARAMETERS: Readonly<Record<string, string>> = {
  swap_pages: 'cutover_pages',
  max_batched_migration: 'batch_bytes',
};

/** The new spelling of a renamed option, if it is one of `known`. */
export function renamedOption(name: string, known: readonly string[]): string | undefined {
  const renamed = lookUp(OPTIONS, name)?.find(({ now }) => known.includes(now));
  return renamed?.use ?? renamed?.now;
}

/** The new name of a renamed value, if it is one of `known`. */
export function renamedValue(value: unknown, known: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined;
  const all = [
    lookUp(VALUES, value),
    ...BEGINNINGS.map(([before, now]) =>
      value.startsWith(before) ? now + value.slice(before.length) : undefined,
    ),
  ];
  return all.find((now) => now !== undefined && known.includes(now));
}

/** The new path of a renamed parameter, if it is one of `known`. */
export function renamedParameter(path: string, known: readonly string[]): string | undefined {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const now = lookUp(PARAMETERS, last);
  if (now === undefined) return undefined;
  const renamed = path.slice(0, path.length - last.length) + now;
  return known.includes(renamed) ? renamed : undefined;
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
