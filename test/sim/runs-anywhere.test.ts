import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
/** What is only there on this system, or only in Node. */
const NOT_IN_A_BROWSER = /\b(Buffer|process|require|__dirname)\b(?!['`])/;

function modulesUnder(folder: string): string[] {
  return readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** Every module that those need, and who asks for it first. */
function closure(modules: readonly string[]): Map<string, string> {
  const found = new Map(modules.map((module) => [module, 'the test']));
  for (const [module] of found) {
    const text = readFileSync(join(SRC, module), 'utf8');
    for (const [, type, from] of text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gm)) {
      if (type !== undefined) continue;
      const path = from!.startsWith('.') ? join(dirname(module), from!.replace(/\.js$/, '.ts')) : from!;
      if (!found.has(path)) found.set(path, module);
    }
  }
  return found;
}

test('the simulated machine, and all that it needs, has no part of Node and none of Linux', () => {
  const modules = closure(modulesUnder('sim'));
  assert.ok(modules.has('mm/migrate-pages.ts') && modules.has('offload/registry.ts'));
  for (const [module, by] of modules) {
    assert.match(module, /^(sim|mm|offload|migrators|dmaengine)\/[^:]*\.ts$/, `${by} imports ${module}`);
  }
  for (const module of modules.keys()) {
    const code = readFileSync(join(SRC, module), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    assert.doesNotMatch(code, NOT_IN_A_BROWSER, module);
  }
});
