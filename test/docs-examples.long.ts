import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
/** Inside the package, so that `pageferry` is this package. */
const place = new URL('dist/examples/', root);

interface Example {
  /** Where it stands, for messages. */
  readonly where: string;
  readonly folder: string;
  readonly file: string;
  readonly text: string;
  /** It says that it needs something which this host may not have: it is compiled only. */
  readonly needs: boolean;
  readonly strict: boolean;
}

/** The profile of an example that uses one without reading it. */
const PROFILE = [
  "import { readFileSync as readText } from 'node:fs';",
  "import { createRequire as requireFrom } from 'node:module';",
  "import { readProfile as read } from 'pageferry/sim';",
  "const profileFile = requireFrom(import.meta.url).resolve('pageferry/profiles/zen3-ptdma.json');",
  "const profile = read(JSON.parse(readText(profileFile, 'utf8')));",
];

/** Names that an example may use without a declaration: those of the pages' running text. */
function complete(text: string): string {
  const uses = (name: string): boolean =>
    new RegExp(`\\b${name}\\b`).test(text) &&
    !new RegExp(`(?:const|let) \\{?(?:(?! of )[^=])*\\b${name}\\b`).test(text);
  const lines: string[] = [];
  const profile = uses('profile') ? PROFILE : [];
  if (uses('ferry') || uses('region')) {
    if (!/import \{[^}]*\bopenFerry\b/.test(text)) lines.push("import { openFerry } from 'pageferry';");
    if (!/(?:const|let) ferry\b/.test(text)) lines.push('const ferry = await openFerry();');
    if (uses('region')) {
      lines.push('const content = new SharedArrayBuffer(16 * 2 ** 20);');
      lines.push('new Uint8Array(content).fill(1);', 'const region = ferry.adopt(content);');
    }
  }
  const close = lines.length > 0 ? ['await ferry.close();'] : [];
  return [...profile, ...lines, text, ...close, 'export {};', ''].join('\n');
}

function examplesIn(path: string, text: string): Example[] {
  const folder = path.replaceAll(/[^\w-]+/g, '_');
  return [...text.matchAll(/^```(js|ts)\n([\s\S]*?)^```$/gm)].map(([, language, code], i) => {
    const file = /^\/\/ File: (\S+)$/m.exec(code!)?.[1];
    return {
      where: `${path}, example ${i + 1}`,
      folder,
      file: file ?? `example-${i + 1}.ts`,
      text: file === undefined ? complete(code!) : code!,
      needs: /^\/\/ Needs /m.test(code!),
      strict: language === 'ts',
    };
  });
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}${name.replaceAll('\\', '/')}`)
    .sort();
}

const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The comments of a file without their stars: examples of `@example`. */
const comments = (source: string): string =>
  [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([all]) => all.replaceAll(/^\s*\* ?/gm, '')).join('\n');

const examples = [
  ...['README.md', ...filesIn('docs/', '.md'), ...filesIn('examples/', '.md')].flatMap((path) =>
    examplesIn(path, read(path)),
  ),
  ...filesIn('src/', '.ts').flatMap((path) => examplesIn(path, comments(read(path)))),
];

test('every example in README, docs and TSDoc compiles, and runs unless it says what it needs', () => {
  assert.ok(examples.length >= 10, `${examples.length} examples`);
  rmSync(place, { recursive: true, force: true });
  for (const { folder, file, text } of examples) {
    const at = new URL(`${folder}/`, place);
    mkdirSync(at, { recursive: true });
    writeFileSync(new URL(file, at), text);
  }
  // Those in `js` need no types for their parameters.
  for (const strict of [true, false]) compile(strict);
  // One that stands in two places runs once; test/readme.test.ts runs this one.
  const seen = new Set([complete(read('examples/first-migration.mjs'))]);
  const runs = examples.filter(
    ({ needs, file, text }) => !needs && file.endsWith('.ts') && !seen.has(text) && seen.add(text),
  );
  const steps = runs.map(({ where, folder, file }) => [where, `./${folder}/${file.replace(/\.ts$/, '.js')}`]);
  const run = new URL('run.mjs', place);
  writeFileSync(
    run,
    `for (const [where, file] of ${JSON.stringify(steps)}) {
  try { await import(file); } catch (cause) { throw new Error(where, { cause }); }
}
console.log('all ran');
`,
  );
  // An example with tests reports them as text, not to the runner of this file.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const output = execFileSync(process.execPath, [fileURLToPath(run)], {
    encoding: 'utf8',
    timeout: 240_000,
    env,
  });
  assert.match(output, /^all ran$/m);
});

function compile(strict: boolean): void {
  const files = examples
    .filter((example) => example.strict === strict && example.file.endsWith('.ts'))
    .map(({ folder, file }) => `./${folder}/${file}`);
  if (files.length === 0) return;
  const options = {
    target: 'ES2023',
    lib: ['ES2023', 'DOM'],
    module: 'NodeNext',
    types: ['node'],
    strict,
    skipLibCheck: true,
    rootDir: '.',
    outDir: '.',
  };
  const config = new URL(`tsconfig.${strict ? 'ts' : 'js'}.json`, place);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files }));
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
  try {
    execFileSync(process.execPath, [tsc, '-p', fileURLToPath(config)], {
      encoding: 'utf8',
      timeout: 240_000,
    });
  } catch (error) {
    assert.fail(`examples do not compile:\n${(error as { stdout: string }).stdout}`);
  }
}
