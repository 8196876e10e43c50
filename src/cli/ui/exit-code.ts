/** What a command's exit status says; the help of every command has it too. */
export const EXIT = { ok: 0, failed: 1, usage: 2, host: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a command tells its exit code. */
export type SetExitCode = (code: ExitCode) => void;

export const EXIT_HELP = `
Exit codes:
  0  ok
  1  what was measured failed: something was lost, or did not verify
  2  wrong usage
  3  this host cannot do it ('pageferry doctor' says why)`;
