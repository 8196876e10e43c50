import { readFileSync } from 'node:fs';

/** A file of procfs or sysfs without the newline behind it; undefined where there is none to read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
