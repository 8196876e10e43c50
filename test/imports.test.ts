import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

/** What the lint rules of this repository refuse in these files: `rule path`, as often as it is refused. */
function refusedIn(files: ReadonlyMap<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-lint-'));
  try {
    const rules = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(
      join(folder, 'biome.json'),
      JSON.stringify({ ...rules, $schema: undefined, vcs: undefined }),
    );
    mkdirSync(join(folder, 'src'));
    copyFileSync(join(ROOT, 'src/biome.json'), join(folder, 'src/biome.json'));
    for (const [path, text] of files) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const options = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
    const { stdout } = spawnSync(process.execPath, [BIOME, ...options], { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as Report;
    return diagnostics.map(({ category, location }) => `${category.split('/').at(-1)} ${location.path}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('lint refuses every import that does not lead downward', () => {
  const pairs = rooms.flatMap((from) => rooms.filter((to) => to !== from).map((to) => [from, to] as const));
  const fileOf = (from: string, to: string): string => `src/${from}/to-${to}.ts`;
  const files = new Map(
    pairs.map(([from, to]) => [fileOf(from, to), `export type { X } from '../${to}/x.js';\n`]),
  );
  const refused = new Set(refusedIn(files));
  const allowed = pairs.filter(([from, to]) => !refused.has(`noRestrictedImports ${fileOf(from, to)}`));
  for (const [from, to] of [
    ['ferry', 'dashboard'],
    ['linux', 'migrators'],
    ['linux', 'ferry'],
    ['mm', 'linux'],
    ['trace', 'dmaengine'],
    ['sim', 'linux'],
    ['policy', 'access'],
    ['policy', 'sim'],
    ['heat', 'policy'],
  ]) {
    assert.ok(!allowed.some(([a, b]) => a === from && b === to), `${from} may import ${to}`);
  }
  // There is an order of the rooms, so that what is allowed leads down: take away who may import nobody that is left.
  let left: readonly string[] = rooms;
  while (left.length > 0) {
    const next = left.filter((room) => allowed.some(([from, to]) => from === room && left.includes(to)));
    assert.ok(
      next.length < left.length,
      `a circle of ${next.join(', ')}: does each have its rule in src/biome.json?`,
    );
    left = next;
  }
});

test('lint refuses circles, of types, too', () => {
  const a = "import type { B } from './b.js';\nexport type A = B;\n";
  const b = "import type { A } from './a.js';\nexport type B = A;\n";
  const refused = refusedIn(
    new Map([
      ['src/mm/a.ts', a],
      ['src/mm/b.ts', b],
      ['src/mm/c.ts', a],
    ]),
  );
  assert.deepEqual(refused.sort(), ['noImportCycles src/mm/a.ts', 'noImportCycles src/mm/b.ts']);
});
