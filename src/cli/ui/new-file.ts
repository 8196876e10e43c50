import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { ReportFileError, UsageError } from './errors.js';
import { checkWritable, writing } from './json-file.js';

/** Checks, before a long run, that a file can be written that must not exist unless `force` is given. @throws UsageError */
export function checkNewFile(option: string, file: string, force: boolean): void {
  checkWritable(file, option);
  if (!force && existsSync(file)) throw fileExists(option, file);
}

/** Opens it, and returns its descriptor. @throws UsageError if it has come into being since then. ReportFileError */
export function openNewFile(option: string, file: string, force: boolean): number {
  try {
    return openSync(file, force ? 'w' : 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw fileExists(option, file, cause);
    throw new ReportFileError(option, file, cause);
  }
}

export function writeNewFile(option: string, file: string, force: boolean, text: string): void {
  const opened = openNewFile(option, file, force);
  try {
    writing(option, file, () => writeFileSync(opened, text));
  } finally {
    closeSync(opened);
  }
}

function fileExists(option: string, file: string, cause?: unknown): UsageError {
  return new UsageError(`${option}: '${file}' already exists. Use --force to overwrite it`, { cause });
}
