import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packageJson = readFileSync(join(here, '../../package.json'), 'utf8');
const { scripts } = JSON.parse(packageJson) as { scripts: Record<string, string> };
const { 'test:run': npmTest = '' } = scripts;

/** Test files below a folder of test/, by their path in dist/test/. Output of sources that were moved may still be there. */
function testsIn(folder: string, recursive: boolean): string[] {
  const files = readdirSync(join(here, '../../test', folder), { recursive, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  return tests.map((file) => join(folder, file.replace(/ts$/, 'js')));
}

test('npm test runs every test file once', () => {
  const files = [...npmTest.matchAll(/dist\/test\/(\S*)\*\.test\.js/g)].flatMap(([, folder]) =>
    testsIn(folder!, false),
  );
  const run = files.flatMap((file) => {
    if (dirname(file) !== 'rooms') return [file];
    return testsIn(file.replace(/^rooms\/(.*)\.test\.js$/, '$1'), true);
  });
  const all = testsIn('.', true).filter((file) => dirname(file) !== 'rooms');
  assert.deepEqual(run.sort(), all.sort());
});

test('each script of .ci/run is a script of package.json', () => {
  const ci = readFileSync(join(here, '../../.ci/run'), 'utf8');
  const names = [...ci.matchAll(/npm (?:run )?([a-z:-]+)/g)].map(([, name]) => name!);
  assert.ok(names.includes('test') && names.includes('torture'), names.join());
  for (const name of names) assert.ok(name in scripts, name);
});
