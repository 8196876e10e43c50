import { isAsciiLocale, toAscii } from './ascii.js';
import { EXIT } from './exit-code.js';

type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;

/**
 * Prepares what the command prints to. A reader that has seen enough (`pageferry doctor | head -3`) is no error: what it
 * does not read is dropped, and the command goes on. Anything else that keeps standard output from being written, such as a
 * full disk, is said on standard error, and the command ends with 1. Node alone would drop it without a word where
 * it is a file, and end with a stack trace where it is a pipe. Where the locale is not UTF-8, text is printed in ASCII.
 */
export function prepareOutput(): void {
  let told = false;
  const failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || told) return;
    told = true;
    console.error(`error: cannot write to standard output: ${error.message}`);
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  };
  guard(process.stdout, failed);
  // What cannot be told there can be told nowhere.
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
      // Of files and terminals, which Node writes to at once.
      failed(error as NodeJS.ErrnoException);
      return false;
    }
  };
  stream.write = guarded as typeof stream.write;
}
