import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ImportClosure, importsOf } from './import-closure.js';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
const SIMULATED =
  /^src\/((common|report|heat|access|policy|sim|mm|engine|offload|migrators|dmaengine)\/[^:]*|parameters\/[^/:]*|trace\/event-layout|sim)\.ts$/;

function modulesUnder(folder: string): string[] {
  return readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', folder, name));
}

test('the simulated machine, and all that it needs, has no part of Node and none of Linux', () => {
  const closure = new ImportClosure([...modulesUnder('sim'), 'src/sim.ts']);
  assert.ok(closure.all.includes('src/mm/pipeline/migrate-pages.ts'));
  assert.ok(closure.all.includes('src/offload/registry.ts'));
  closure.assertRunsInBrowsers(SIMULATED);
});

test('a module that does not run in a browser is named, and by whose import it is needed', () => {
  const closure = new ImportClosure(['src/index.ts']);
  assert.throws(
    () => closure.assertRunsInBrowsers(/^src\//),
    ({ message }: Error) => /^src\/index\.ts → src\/.*(node:|koffi| uses )/.test(message),
  );
});

test('imports of every kind are seen, but for those of types', () => {
  const code = [
    "import { a } from './a.js';",
    "import {\n  b,\n  type C,\n} from './b.js';",
    "import type { D } from './d.js';",
    "import 'node:side';",
    "export { e } from './e.js';",
    "export type { F } from './f.js';",
    "const late = () => import('node:fs');",
  ].join('\n');
  assert.deepEqual(importsOf(code).sort(), ['./a.js', './b.js', './e.js', 'node:fs', 'node:side']);
});
