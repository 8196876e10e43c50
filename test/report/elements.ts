import assert from 'node:assert/strict';

/** An element of a page that has begun. */
interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const VOID = new Set(['meta']);

/** Every element of a page in order, read by the rules that a browser has. Fails where one is not ended, or wrongly. */
export function elementsOf(page: string): Tag[] {
  const all: Tag[] = [];
  const open: string[] = [];
  const text = page.replace(/^<!doctype html>/, '').replace(/<style>[^<]*<\/style>/, '<style></style>');
  for (const [whole, end, name, written] of text.matchAll(/<(\/?)([a-z0-9]*)((?:[^<>"]|"[^"]*")*)>?/g)) {
    assert.ok(whole.endsWith('>') && name !== '', `a stray < before ${whole.slice(0, 60)}`);
    if (end === '/') {
      assert.equal(open.pop(), name);
      continue;
    }
    const attributes = new Map(
      [...written!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]),
    );
    all.push({ name: name!, attributes });
    if (!VOID.has(name!)) open.push(name!);
  }
  assert.deepEqual(open, []);
  return all;
}
