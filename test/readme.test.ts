import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

test("the README's example is the one in examples/, and it runs", () => {
  const example = text('examples/first-migration.mjs');
  assert.ok(text('README.md').includes(`\`\`\`js\n${example}\`\`\``));
  const file = fileURLToPath(new URL('examples/first-migration.mjs', root));
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 180_000 });
  assert.match(output, /^\d+ folios, \d+ bytes, 0 failed\n$/);
});

const pages = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.md'),
);
const others = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const docs = [...others, ...pages.map((name) => `docs/${name}`)];
const folders = readdirSync(new URL('test/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('every file, test and command that the docs point to is there', () => {
  const tests = new RegExp(`\`((?:${folders.join('|')})/(?:[a-z-]+/)*[a-z-]+)\``, 'g');
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  for (const doc of docs) {
    const base = new URL(doc, root);
    for (const [, target] of text(doc).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(new URL(target!, base)), `${doc} points to ${target}`);
    }
    for (const [, name] of text(doc).matchAll(tests)) {
      // Tests in the virtual machine have no `.test`; a name may also be of a folder of the code.
      const endings = ['.test.ts', '.long.ts', '.ts'];
      const places = [...endings.map((ending) => `test/${name}${ending}`), `src/${name}.ts`, `src/${name}`];
      assert.ok(
        places.some((place) => existsSync(new URL(place, root))),
        `${doc} names the test ${name}`,
      );
    }
    for (const [, script] of text(doc).matchAll(/npm run ([a-z0-9:-]+)/g)) {
      assert.ok(script! in scripts, `${doc} names the script ${script}`);
    }
  }
});

test('every file of the sources that the docs name is there', () => {
  for (const doc of docs) {
    for (const [, path] of text(doc).matchAll(/`((?:src|test|tools|web|profiles|examples)\/[\w./-]+)`/g)) {
      // NAME stands for a name.
      if (path!.includes('NAME')) continue;
      assert.ok(existsSync(new URL(path!, root)), `${doc} names ${path}`);
    }
  }
});

test('each row of a table has as many cells as its head', () => {
  for (const doc of docs) {
    let cells = 0;
    for (const [at, line] of text(doc).split('\n').entries()) {
      // What is code may have a bar in it, as may what is escaped.
      const row = line.startsWith('|') ? line.replaceAll(/`[^`]*`|\\\|/g, '').split('|').length : 0;
      if (row !== 0 && cells !== 0) assert.equal(row, cells, `${doc}:${at + 1}`);
      cells = row;
    }
  }
});
