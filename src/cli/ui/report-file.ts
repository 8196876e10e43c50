import { writeFileSync } from 'node:fs';
import { adviceFor, errnoOf } from '../../common/system-error.js';

/** A report that could not be written, although `checkWritable` had no objection: a full disk, for example. */
export class ReportFileError extends Error {
  override readonly name = 'ReportFileError';

  /** @param option the flag that names the file. */
  constructor(option: string, file: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const advice = adviceFor(errnoOf(cause));
    const remedy = advice === undefined ? '' : `. ${advice}`;
    super(`${option}: cannot write '${file}' (${code ?? message})${remedy}`, { cause });
  }
}

/** Runs what writes the file of a flag. @throws ReportFileError */
export function writing<T>(option: string, file: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new ReportFileError(option, file, cause);
  }
}

/** Writes the file of a flag. @throws ReportFileError */
export function writeReport(option: string, file: string, text: string): void {
  writing(option, file, () => writeFileSync(file, text));
}
