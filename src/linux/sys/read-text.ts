import { readFileSync } from 'node:fs';

/** The text of a file of procfs or sysfs, without its last newline; undefined if the file cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
