import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What a module imports when it is loaded, or later: but for types, of which nothing is left. */
const IMPORTS = [
  /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm,
  /^import '([^']+)';/gm,
  /\bimport\('([^']+)'\)/g,
];
const NOT_IN_A_BROWSER = /\b(Buffer|process|require|__dirname)\b(?!['`])/;

/** All that some modules need, and by whose import: paths below the project's root, and packages by their names. */
export class ImportClosure {
  /** By what is needed: who needs it first; undefined for those it begins with. */
  readonly #importers: Map<string, string | undefined>;

  constructor(entries: readonly string[]) {
    this.#importers = new Map(entries.map((entry) => [entry, undefined]));
    for (const [module] of this.#importers) {
      if (!/\.tsx?$/.test(module)) continue;
      for (const from of importsOf(this.codeOf(module))) {
        const path = from.startsWith('.') ? sourceOf(from, module) : from;
        if (!this.#importers.has(path)) this.#importers.set(path, module);
      }
    }
  }

  get all(): string[] {
    return [...this.#importers.keys()];
  }

  /** Who imports whom, from what it begins with: `a → b → c`. */
  chainTo(module: string): string {
    const importer = this.#importers.get(module);
    return importer === undefined ? module : `${this.chainTo(importer)} → ${module}`;
  }

  /** The source, without its comments. */
  codeOf(module: string): string {
    return readFileSync(join(ROOT, module), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, '');
  }

  /** Nothing but these modules and packages, and nothing that only Node has; what is wrong says by whose import. */
  assertRunsInBrowsers(allowed: RegExp): void {
    for (const module of this.all) {
      assert.match(module, allowed, this.chainTo(module));
      if (/\.tsx?$/.test(module)) {
        const name = NOT_IN_A_BROWSER.exec(this.codeOf(module))?.[0];
        assert.equal(name, undefined, `${this.chainTo(module)} uses ${name}`);
      }
    }
  }
}

export function importsOf(code: string): string[] {
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, from]) => from!));
}

function sourceOf(from: string, importer: string): string {
  const path = join(dirname(importer), from);
  const source = [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx'), path].find((each) =>
    existsSync(join(ROOT, each)),
  );
  assert.ok(source !== undefined, `${importer} imports ${from}, which is not there`);
  return source;
}
