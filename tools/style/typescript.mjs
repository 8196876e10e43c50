/**
 * The prose of a TypeScript file: comments (one item for a run of `//` lines, without `@tags` and code), and the
 * messages among its strings, which are those of three words or more.
 */
import { plain, toSentences } from './markdown.mjs';

/** @returns {{ comments: { line: number, text: string }[], messages: { line: number, text: string }[] }} */
export function readTypeScript(source) {
  const comments = [];
  const messages = [];
  let run;
  const endRun = () => {
    if (run !== undefined) for (const text of toSentences(run.text)) comments.push({ line: run.line, text });
    run = undefined;
  };
  for (const { kind, text, line } of tokens(source)) {
    if (kind === 'line') {
      if (run === undefined || run.last !== line - 1) {
        endRun();
        run = { line, last: line, text };
      } else {
        run.text += ` ${text}`;
        run.last = line;
      }
    } else if (kind === 'block') {
      for (const sentence of toSentences(prose(text))) comments.push({ line, text: sentence });
    } else if (/\p{L}+\s+\p{L}+\s+\p{L}+/u.test(text)) {
      for (const sentence of toSentences(text)) messages.push({ line, text: sentence });
    }
  }
  endRun();
  return { comments, messages };
}

function prose(text) {
  return text
    .replaceAll(/```[\s\S]*?```/g, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\{@link(?:code|plain)? ([^}|]+)(?:\|([^}]*))?\}/g, (_, name, shown) => shown ?? name)
    .replaceAll(/@(?:throws|param|returns|defaultValue|example|see|internal|remarks)\b/g, '. ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A sweep over the characters: enough of the grammar to know what is a comment and what is a string. */
function* tokens(source) {
  let line = 1;
  let at = 0;
  let before = '';
  const open = [];
  const count = (text) => {
    for (const letter of text) if (letter === '\n') line++;
  };
  while (at < source.length) {
    const letter = source[at];
    const two = source.slice(at, at + 2);
    if (two === '//') {
      const end = until(source, at, '\n');
      yield { kind: 'line', text: source.slice(at + 2, end).trim(), line };
      at = end;
    } else if (two === '/*') {
      const end = until(source, at + 2, '*/');
      yield { kind: 'block', text: source.slice(at + 2, end), line };
      count(source.slice(at, end + 2));
      at = end + 2;
    } else if (letter === "'" || letter === '"') {
      const end = stringEnd(source, at);
      yield { kind: 'string', text: unescaped(source.slice(at + 1, end)), line };
      before = letter;
      at = end + 1;
    } else if (letter === '`' || (letter === '}' && open.at(-1) === 0)) {
      if (letter === '}') open.pop();
      const { end, hole } = templateEnd(source, at + 1);
      yield { kind: 'string', text: unescaped(source.slice(at + 1, end)), line };
      count(source.slice(at, end));
      if (hole) open.push(0);
      before = '`';
      at = end + (hole ? 2 : 1);
    } else if (letter === '/' && /[(,=:[!&|?{};\n]|^$/.test(before)) {
      at = regexEnd(source, at) + 1;
      before = '/';
    } else {
      if (letter === '\n') line++;
      if (open.length > 0 && letter === '{') open[open.length - 1]++;
      if (open.length > 0 && letter === '}') open[open.length - 1]--;
      if (!/\s/.test(letter)) before = letter;
      at++;
    }
  }
}

function until(source, from, text) {
  const end = source.indexOf(text, from);
  return end < 0 ? source.length : end;
}

function stringEnd(source, from) {
  let at = from + 1;
  while (at < source.length && source[at] !== source[from] && source[at] !== '\n')
    at += source[at] === '\\' ? 2 : 1;
  return at;
}

function templateEnd(source, from) {
  let at = from;
  while (at < source.length) {
    if (source[at] === '\\') at += 2;
    else if (source[at] === '`') return { end: at, hole: false };
    else if (source.startsWith('${', at)) return { end: at, hole: true };
    else at++;
  }
  return { end: at, hole: false };
}

function regexEnd(source, from) {
  let set = false;
  let at = from + 1;
  for (; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') set = true;
    else if (source[at] === ']') set = false;
    else if (source[at] === '/' && !set) break;
  }
  return at;
}

function unescaped(text) {
  return plain(text.replaceAll(/\\n/g, ' ').replaceAll(/\\(.)/g, '$1'));
}
