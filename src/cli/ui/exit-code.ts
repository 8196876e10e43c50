import { linesOf } from './wrap.js';

/** The exit codes of all commands. The help of each command lists its own; docs/cli.md has a table of them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, host: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type SetExitCode = (code: ExitCode) => void;

/** Meanings of the exit codes of a command. Without `host`, the command has no code 3. */
interface ExitMeanings {
  readonly ok: string;
  readonly failed: string;
  readonly usage?: string;
  readonly host?: string;
}

const NOT_SUPPORTED = "not supported on this host ('pageferry doctor' shows why)";

/** The exit codes of a command, for its help. */
function exitHelp(meanings: ExitMeanings): string {
  const { ok, failed, usage = 'usage error', host } = meanings;
  const codes = [ok, failed, usage, ...(host === undefined ? [] : [host])];
  return `\nExit codes:\n${codes.map((meaning, code) => `  ${code}  ${wrapped(meaning)}`).join('\n')}`;
}

function wrapped(meaning: string): string {
  return linesOf(meaning, 75).join(`\n${' '.repeat(5)}`);
}

/** The exit codes of most commands. */
export const EXIT_HELP: string = exitHelp({
  ok: 'success',
  failed: 'verification failed: data was lost, or a check found wrong content',
  host: NOT_SUPPORTED,
});

export const DOCTOR_EXIT_HELP: string = exitHelp({
  ok: 'this host can migrate',
  failed: 'the check itself failed, or its report cannot be written',
  host: 'this host cannot migrate; the report shows why',
});

export const SIM_EXIT_HELP: string = exitHelp({
  ok: 'success: every page is at its place',
  failed: 'a page was lost or misplaced',
  usage: 'usage error: an option or the profile is wrong',
});

export const SWEEP_EXIT_HELP: string = exitHelp({
  ok: 'every cell has its figures, or the reason why it is not possible',
  failed: 'interrupted, a page was lost, or a file or the queue failed; --resume continues',
  usage: 'usage error: an option or the profile is wrong',
});

export const WORKER_EXIT_HELP: string = exitHelp({
  ok: 'ended by a signal, or by --idle',
  failed: 'the queue cannot be reached, or refuses the password',
});

export const EXPLORE_EXIT_HELP: string = exitHelp({
  ok: 'no invariant was violated',
  failed: 'an invariant was violated; the output has the schedule to replay',
  usage: 'usage error: an option or the profile is wrong',
});

export const HEAT_EXIT_HELP: string = exitHelp({
  ok: 'success',
  failed: 'the ferry refused or ended, the recording is damaged, or a file cannot be written',
  host: NOT_SUPPORTED,
});

export const HEAT_REPORT_EXIT_HELP: string = exitHelp({
  ok: 'success; also for a recording that was cut off, and the report says so',
  failed: 'the recording is damaged, and the report ends there; or the report cannot be written',
  usage: 'usage error: the file is missing, is not a heat recording, or has no snapshot',
});

export const HEAT_WATCH_EXIT_HELP: string = exitHelp({
  ok: 'the watch has ended by --for, Ctrl-C, or a reader that closed the pipe',
  failed: 'the ferry refused, could not be reached, or ended; or a file cannot be written',
  host: NOT_SUPPORTED,
});

export const CALIBRATE_EXIT_HELP: string = exitHelp({
  ok: 'the profile is written',
  failed: 'the measurement failed, or the profile cannot be written',
  usage: 'usage error, or the file exists already',
  host: NOT_SUPPORTED,
});

export const RUN_EXIT_HELP: string = exitHelp({
  ok: 'the program ended with 0; with any other code, so does this',
  failed: 'as the program; or it could not be started',
});

/** The help of a command below its options: an explanation, the exit codes, and examples. */
export function helpText(
  explanation: string,
  examples: readonly string[],
  exitCodes: string = EXIT_HELP,
): string {
  const text = explanation === '' ? '' : `${explanation}\n`;
  return `${text}${exitCodes}\n\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`;
}
