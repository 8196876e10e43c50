// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Removes control characters. Root may query any user's ferry, and its answer must not control root's terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}
