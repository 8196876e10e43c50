import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The thread of the page that simulates, and what is shown of it. */
const ENTRIES = ['web/src/lab/lab-worker.ts', 'web/src/lab/lab-view.tsx'];
const NOT_IN_A_BROWSER = /\b(Buffer|process|require|__dirname)\b(?!['`])/;

function sourceOf(from: string, importer: string): string {
  const path = join(dirname(importer), from);
  const [source] = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')].filter(
    (each) => !each.endsWith('.js') && existsSync(join(ROOT, each)),
  );
  assert.ok(source !== undefined, `${importer} imports ${from}, which is not there`);
  return source;
}

/** Every module of the project that an entry needs, and every package. */
function closure(entry: string): { readonly modules: Set<string>; readonly packages: Set<string> } {
  const modules = new Set([entry]);
  const packages = new Set<string>();
  for (const module of modules) {
    if (!/\.tsx?$/.test(module)) continue;
    const text = readFileSync(join(ROOT, module), 'utf8');
    for (const [, type, from] of text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gm)) {
      if (type !== undefined) continue;
      if (from!.startsWith('.')) modules.add(sourceOf(from!, module));
      else packages.add(from!);
    }
  }
  return { modules, packages };
}

for (const entry of ENTRIES) {
  test(`${entry}, and all that it needs, has no part of Node and none of Linux`, () => {
    const { modules, packages } = closure(entry);
    assert.ok(modules.size > 20, `${modules.size} modules`);
    const worker = entry.endsWith('worker.ts');
    assert.deepEqual(
      [...packages].filter((name) => worker || !/^(preact(\/.*)?|uplot)$/.test(name)),
      [],
    );
    for (const module of modules) {
      assert.match(
        module,
        /^(web\/src\/(lab|ui|app)|src\/(sim|mm|offload|migrators|dmaengine))\/|^src\/bench\/(size|rfc-figures)\.ts$/,
      );
      const code = readFileSync(join(ROOT, module), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(code, NOT_IN_A_BROWSER, module);
    }
    if (worker) assert.ok([...modules].every((module) => !module.endsWith('.tsx')));
  });
}
