#!/usr/bin/env node
/**
 * Every public item has an `@example`, or an `@see` with a link to an item that has one. Reads the JSON that typedoc wrote.
 *
 *   node tools/api-docs/check-examples.mjs dist/api/api.json
 */
import { readFileSync } from 'node:fs';

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
console.log(`${items.length} public items, ${withExample.size} with an example`);
process.exitCode = missing.length > 0 ? 1 : 0;
