#!/usr/bin/env node
/**
 * Checks how we write (CONTRIBUTING.md): `npm run style`, and a part of `npm run lint`.
 *
 * README.md and the other pages, docs/ and examples/, have to be free of what patterns.mjs names. The messages and comments of src/ are held to
 * baseline.json: the hits of each room, which may only become fewer.
 *
 *   node tools/style/check.mjs             check
 *   node tools/style/check.mjs --list TEXT show each hit in files whose path has TEXT in it
 *   node tools/style/check.mjs --update    write baseline.json anew; refuses if the sum of any pattern rises
 *   node tools/style/check.mjs --count     print the sums
 *   node tools/style/check.mjs --root DIR  of another tree (for tests)
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMarkdown, words } from './markdown.mjs';
import { MAX_CELL, MAX_LINE, MAX_WORDS, PATTERNS } from './patterns.mjs';
import { readTypeScript } from './typescript.mjs';

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: join(dirname(fileURLToPath(import.meta.url)), '..', '..') },
    list: { type: 'string' },
    update: { type: 'boolean', default: false },
    count: { type: 'boolean', default: false },
  },
});
/** Hits of one pattern in one room that are shown. */
const MAX_SHOWN = 10;
const root = values.root;
const baselineFile = join(root, 'tools', 'style', 'baseline.json');

/** Each file below a folder whose name ends so; none where there is no such folder. */
function files(folder, ending) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** The pages at the top of the tree. */
function pages() {
  return readdirSync(root)
    .filter((name) => name.endsWith('.md'))
    .sort();
}

function patternHits(file, kind, { line, text }) {
  return PATTERNS.filter(({ finds, except }) => finds.test(text) && !except?.test(text)).map(
    ({ name, instead }) => ({
      file,
      line,
      kind,
      pattern: name,
      text,
      instead,
    }),
  );
}

function docHits(file) {
  const { sentences, cells, lines } = readMarkdown(readFileSync(join(root, file), 'utf8'));
  const hits = [...sentences, ...cells].flatMap((item) => patternHits(file, 'docs', item));
  const long = (item, pattern, instead) => hits.push({ file, kind: 'docs', pattern, instead, ...item });
  for (const item of sentences)
    if (words(item.text) > MAX_WORDS) long(item, 'long sentence', `at most ${MAX_WORDS} words`);
  for (const item of cells)
    if (item.raw.length > MAX_CELL) long(item, 'long cell', `at most ${MAX_CELL} characters`);
  for (const item of lines) long(item, 'long line', `at most ${MAX_LINE} characters`);
  return hits;
}

function sourceHits(file) {
  const { comments, messages } = readTypeScript(readFileSync(join(root, file), 'utf8'));
  return [
    ...comments.flatMap((item) => patternHits(file, 'comments', item)),
    ...messages.flatMap((item) => patternHits(file, 'messages', item)),
  ];
}

/** `src/ferry/thread/x.ts` belongs to `src/ferry`, `src/index.ts` to `src`. */
const roomOf = (file) => file.split('/').slice(0, -1).slice(0, 2).join('/');

function counted(hits) {
  const rooms = {};
  for (const { file, kind, pattern } of hits) {
    const room = `${roomOf(file)} ${kind}`;
    rooms[room] ??= {};
    rooms[room][pattern] = (rooms[room][pattern] ?? 0) + 1;
  }
  const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(Object.fromEntries(Object.entries(rooms).map(([room, counts]) => [room, sorted(counts)])));
}

function sums(rooms) {
  const all = {};
  for (const counts of Object.values(rooms)) {
    for (const [pattern, count] of Object.entries(counts)) all[pattern] = (all[pattern] ?? 0) + count;
  }
  return all;
}

const show = ({ file, line, pattern, text, instead }) =>
  console.error(
    `${file}:${line}: ${pattern}: ${text.length > 160 ? `${text.slice(0, 157)}…` : text}\n    (${instead})`,
  );

const docs = [...pages(), ...files('docs', '.md'), ...files('examples', '.md')].flatMap((file) =>
  docHits(file),
);
const source = files('src', '.ts').flatMap((file) => sourceHits(file));
const now = counted(source);
let failed = false;

if (values.list !== undefined) {
  for (const hit of [...docs, ...source]) if (hit.file.includes(values.list)) show(hit);
} else if (values.count) {
  console.log(JSON.stringify({ docs: sums(counted(docs)), source: sums(now) }, null, 2));
} else {
  const baseline = readBaseline();
  if (values.update) update(baseline);
  else compare(baseline);
  for (const hit of docs) show(hit);
  failed ||= docs.length > 0;
}
process.exitCode = failed ? 1 : 0;

function readBaseline() {
  try {
    return JSON.parse(readFileSync(baselineFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function update(baseline) {
  const before = sums(baseline ?? now);
  const grown = Object.entries(sums(now)).filter(([pattern, count]) => count > (before[pattern] ?? 0));
  if (grown.length > 0) {
    for (const [pattern, count] of grown)
      console.error(`${pattern}: ${before[pattern] ?? 0} before, ${count} now`);
    console.error('The baseline may only shrink.');
    failed = true;
    return;
  }
  writeFileSync(baselineFile, `${JSON.stringify(now, null, 2)}\n`);
}

function compare(baseline = {}) {
  for (const [room, counts] of Object.entries(now)) {
    for (const [pattern, count] of Object.entries(counts)) {
      const allowed = baseline[room]?.[pattern] ?? 0;
      if (count <= allowed) continue;
      failed = true;
      console.error(`${room}: ${count} of "${pattern}", ${allowed} allowed:`);
      const hits = source.filter(
        (hit) => `${roomOf(hit.file)} ${hit.kind}` === room && hit.pattern === pattern,
      );
      for (const hit of hits.slice(0, MAX_SHOWN)) show(hit);
      if (hits.length > MAX_SHOWN)
        console.error(`… and ${hits.length - MAX_SHOWN} more (--list ${room.split(' ')[0]})`);
    }
  }
}
