/** Names of options before 1.0, for advice to programs that still use them. */
const RENAMED: Readonly<Record<string, string>> = {
  concurrency: "copyMode: 'exclusive' or 'write-protected'",
  granularity: "gaps: 'skip' or 'move'",
  maxBatchedMigration: 'batchBytes, in bytes (a page has 4096)',
  poolWatermark: 'poolBytes',
};

/** The new spelling of a renamed option. Undefined for any other name. */
export function renamedOption(name: string): string | undefined {
  return Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
}
