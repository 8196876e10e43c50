#!/usr/bin/env node
/**
 * Checks the API reference, from the JSON that typedoc wrote. Every public item has an `@example`, or an `@see` with a link
 * to an item that has one. No comment has a phrase that tools/style names, or a sentence that is too long.
 *
 *   node tools/api-docs/check-comments.mjs dist/api/api.json
 */
import { readFileSync } from 'node:fs';
import { toSentences, words } from '../style/markdown.mjs';
import { MAX_WORDS, PATTERNS } from '../style/patterns.mjs';

const project = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const missing = [];

/** The comments of an item: its own, those of its signatures, and those of its members. */
function* comments(item, depth = 0) {
  if (item.comment !== undefined) yield item.comment;
  for (const signature of item.signatures ?? []) yield* comments(signature, depth);
  if (depth === 0) for (const child of item.children ?? []) yield* comments(child, 1);
}

const tags = (item, tag) =>
  [...comments(item)].flatMap(({ blockTags = [] }) => blockTags.filter((block) => block.tag === tag));
const links = (item) =>
  tags(item, '@see').flatMap(({ content }) =>
    content.filter(({ tag }) => tag === '@link').map(({ text }) => text.split('.')[0]),
  );

const items = project.children.flatMap((module) => module.children ?? []);
const withExample = new Set(
  items.filter((item) => tags(item, '@example').length > 0).map(({ name }) => name),
);
for (const item of items) {
  // One that another entry exports too is documented there.
  if (item.variant === 'reference' || withExample.has(item.name)) continue;
  if (!links(item).some((name) => withExample.has(name))) missing.push(item.name);
}
for (const name of missing)
  console.error(`${name}: no @example, and no @see {@link …} to an item that has one`);

const prose = (parts) =>
  parts
    .map(({ kind, text }) => (kind === 'code' ? '`code`' : text))
    .join('')
    .replaceAll(/\s+/g, ' ');

/** Sentences of an item and of all its parts that are not as tools/style wants them. */
function* badSentences(item, path) {
  const { summary = [], blockTags = [] } = item.inheritedFrom === undefined ? (item.comment ?? {}) : {};
  const texts = [summary, ...blockTags.filter(({ tag }) => tag !== '@example').map(({ content }) => content)];
  for (const sentence of texts.flatMap((parts) => toSentences(prose(parts)))) {
    const pattern = PATTERNS.find(({ finds, except }) => finds.test(sentence) && !except?.test(sentence));
    const problem =
      pattern?.name ?? (words(sentence) > MAX_WORDS ? `more than ${MAX_WORDS} words` : undefined);
    if (problem !== undefined) yield `${path}: ${problem}: ${sentence}`;
  }
  const { signatures = [], children = [], getSignature, type } = item;
  for (const part of [...signatures, getSignature, type?.declaration])
    if (part) yield* badSentences(part, path);
  for (const child of children) yield* badSentences(child, `${path}.${child.name}`);
}

const bad = items.flatMap((item) => [...badSentences(item, item.name)]);
for (const problem of bad) console.error(problem);
console.log(`${items.length} public items, ${withExample.size} with an example`);
process.exitCode = missing.length + bad.length > 0 ? 1 : 0;
