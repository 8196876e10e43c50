import { EXIT_HELP } from './exit-code.js';

/** What the help of a command says below its options: an explanation, the exit codes, and examples at the end. */
export function helpText(
  explanation: string,
  examples: readonly string[],
  exitCodes: string = EXIT_HELP,
): string {
  const text = explanation === '' ? '' : `${explanation}\n`;
  return `${text}${exitCodes}\n\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`;
}
