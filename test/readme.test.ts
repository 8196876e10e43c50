import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

test("the README's example is the one in examples/, and it runs", () => {
  const example = text('examples/first-migration.mjs');
  assert.ok(text('README.md').includes(`\`\`\`js\n${example}\`\`\``));
  const file = fileURLToPath(new URL('examples/first-migration.mjs', root));
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  assert.match(output, /^\d+ folios, \d+ bytes, 0 failed\n$/);
});

test('every file that the docs point to is there', () => {
  for (const doc of [
    'README.md',
    'docs/architecture.md',
    'docs/reliability.md',
    'docs/performance.md',
    'docs/dependencies.md',
    'docs/dma-devices.md',
    'docs/parameters.md',
    'docs/own-migrators.md',
    'docs/tracing.md',
  ]) {
    const base = new URL(doc, root);
    for (const [, target] of text(doc).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(new URL(target!, base)), `${doc} points to ${target}`);
    }
    for (const [, name] of text(doc).matchAll(
      /`((?:mm|linux|ferry|offload|migrators|cli|dmaengine)\/[a-z-]+)`/g,
    )) {
      assert.ok(existsSync(new URL(`test/${name}.test.ts`, root)), `${doc} names the test ${name}`);
    }
  }
});
