import { isAsciiLocale, toAscii } from './ascii.js';
import { EXIT } from './exit-code.js';

type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;

/**
 * Prepares standard output and standard error. If the reader of a pipe exits (`pageferry doctor | head -3`), the rest of
 * the output is dropped and the command continues. After any other failure to write standard output, such as a full disk,
 * the command reports it on standard error and ends with 1. Node alone ignores it for a file, and ends with a stack trace
 * for a pipe. If the locale is not UTF-8, text is printed in ASCII.
 */
export function prepareOutput(): void {
  let reported = false;
  const failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || reported) return;
    reported = true;
    console.error(`error: cannot write to standard output: ${error.message}`);
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  };
  guard(process.stdout, failed);
  // A failure of standard error cannot be reported.
  guard(process.stderr, () => undefined);
}

function guard(stream: NodeJS.WriteStream, failed: (error: NodeJS.ErrnoException) => void): void {
  const ascii = isAsciiLocale();
  const write = stream.write.bind(stream) as Write;
  stream.on('error', failed);
  const guarded: Write = (chunk, ...rest) => {
    try {
      return write(ascii && typeof chunk === 'string' ? toAscii(chunk) : chunk, ...rest);
    } catch (error) {
      // Node writes files and terminals synchronously.
      failed(error as NodeJS.ErrnoException);
      return false;
    }
  };
  stream.write = guarded as typeof stream.write;
}
