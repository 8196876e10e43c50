/** A request to a ferry that was refused: by the ferry itself, or because no ferry could be asked. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Errno name. */
  readonly code: string;

  constructor(code: string, problem: string, advice?: string, cause?: unknown) {
    super(
      `${code}: ${problem}${advice === undefined ? '' : `. ${advice}`}`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
  }
}
