/** The exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, host: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type SetExitCode = (code: ExitCode) => void;

export const EXIT_HELP = `
Exit codes:
  0  success
  1  verification failed: data was lost, or a check found wrong content
  2  usage error
  3  not supported on this host ('pageferry doctor' shows why)`;

/** The help of a command below its options: an explanation, the exit codes, and examples. */
export function helpText(
  explanation: string,
  examples: readonly string[],
  exitCodes: string = EXIT_HELP,
): string {
  const text = explanation === '' ? '' : `${explanation}\n`;
  return `${text}${exitCodes}\n\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`;
}
