import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const check = fileURLToPath(new URL('../../tools/style/check.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'pageferry-style-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs the check over a tree that has these files and no other. */
function run(files: Readonly<Record<string, string>>, ...args: string[]): Run {
  rmSync(root, { recursive: true, force: true });
  for (const [path, text] of Object.entries({ 'README.md': '# A page\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return again(...args);
}

function again(...args: string[]): Run {
  return spawnSync(process.execPath, [check, '--root', root, ...args], { encoding: 'utf8' });
}

const words = (count: number): string => `The ${Array.from({ length: count - 1 }, () => 'page').join(' ')}.`;

const BAD = [
  ['headless', 'Who is behind is sent nothing.'],
  ['headless', 'The page is read. What is not there is split.'],
  ['is no', 'It is no reason.'],
  ['for ever', 'It waits for ever.'],
  ['at a stroke', 'All are moved at a stroke.'],
  ['to and fro', 'It goes to and fro.'],
  ['by turns', 'They run by turns.'],
  ['beforehand', 'It is checked beforehand.'],
  ['under way', 'A migration is under way.'],
  ['meanwhile', 'Meanwhile others read.'],
  ['befall', 'This befalls one folio.'],
  ['be had', 'It cannot be had on this host.'],
  ['come to rest', 'The device has come to rest.'],
  ['go on', 'Readers go on.'],
  ['tell', 'The kernel tells the ferry.'],
  ['ask', 'The kernel is asked.'],
  ['term', 'A torn folio is mended.'],
  ['long sentence', words(41)],
  ['long line', `[one](two) ${'word '.repeat(20)}`],
  ['long cell', `| ${'cell '.repeat(21)}|\n|---|\n`],
] as const;

test('a page is refused for each pattern that it has', () => {
  const pages = BAD.map(([, text], i) => [`docs/page-${i}.md`, `# A page\n\n${text}\n`]);
  const { status, stderr } = run(Object.fromEntries(pages));
  assert.equal(status, 1, stderr);
  for (const [i, [pattern]] of BAD.entries()) {
    assert.match(stderr, new RegExp(`^docs/page-${i}\\.md:3: ${pattern}: `, 'm'));
  }
});

test('plain sentences, questions, code and addresses pass', () => {
  const page = `# What limits it

${words(40).replaceAll(' page page', ' page\npage')}
There is no such node. What can be adopted? The node goes on node 1.

| a cell of \`${'code '.repeat(15)}\` |
|---|

\`\`\`
Who is behind is sent nothing, for ever, and meanwhile ${'more '.repeat(40)}
\`\`\`

The call \`what is no reason\` is code. See [this page](https://example.com/${'long/'.repeat(30)}).
`;
  const { status, stderr } = run({ 'docs/page.md': page });
  assert.equal(status, 0, stderr);
});

test('comments and messages of src/ may have as many hits as the baseline of their room, and no more', () => {
  const source = (count: number): string =>
    [
      ...Array.from({ length: count }, (_, i) => `// Who waits is woken.\nexport const n${i} = ${i};`),
      "export const message = 'it cannot be had on this host';",
    ].join('\n');
  const files = { 'src/room/file.ts': source(2) };
  const refused = run(files);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /src\/room comments: 2 of "headless", 0 allowed/);
  assert.match(refused.stderr, /src\/room messages: 1 of "be had", 0 allowed/);

  mkdirSync(join(root, 'tools/style'), { recursive: true });
  assert.equal(again('--update').status, 0);
  assert.equal(again().status, 0);
  writeFileSync(join(root, 'src/room/file.ts'), source(3));
  assert.match(again().stderr, /3 of "headless", 2 allowed/);
  const grown = again('--update');
  assert.equal(grown.status, 1);
  assert.match(grown.stderr, /may only shrink/);
  writeFileSync(join(root, 'src/room/file.ts'), source(1));
  assert.equal(again('--update').status, 0);
  const baseline = JSON.parse(readFileSync(join(root, 'tools/style/baseline.json'), 'utf8'));
  assert.deepEqual(baseline['src/room comments'], { headless: 1 });
});

test('code is not prose: a string in a template, a regular expression, a comment in a string', () => {
  const source = `const a = /\\/\\/ who is no reason/; const b = \`x \${'y' /* fine */} z\`;\nconst url = 'https://x.y//who';\n`;
  const { status, stderr } = run({ 'src/room/file.ts': source });
  assert.equal(status, 0, stderr);
});
