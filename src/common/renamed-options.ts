/** What options were called before 1.0, for advice to programs that still use the old names. */
const RENAMED: Readonly<Record<string, string>> = {
  concurrency: "copyMode: 'exclusive' or 'write-protected'",
  granularity: "gaps: 'skip' or 'move'",
  maxBatchedMigration: 'batchBytes, in bytes (a page has 4096)',
  poolWatermark: 'poolBytes',
};

/** What to write in the place of an option that was renamed; undefined for any other. */
export function renamedOption(name: string): string | undefined {
  return Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
}
