import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandLine } from '../../src/cli/ui/origin.js';
import { DEEP } from '../deep.js';
import { elementsOf } from '../report/elements.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const folder = mkdtempSync(join(tmpdir(), 'pf-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs it, and checks what is true of every page. */
function page(...args: string[]): { html: string; stdout: string } {
  const file = join(folder, 'page.html');
  const { status, stdout, stderr } = runCli([...args, '--html', file]);
  assert.equal(status, 0, stderr);
  const html = readFileSync(file, 'utf8');
  assert.doesNotMatch(html, /https?:|\bsrc=|\bhref=|<script/i);
  const drawings = elementsOf(html).filter(
    ({ name, attributes }) => name === 'svg' && attributes.has('role'),
  );
  assert.ok(drawings.length >= 1);
  // Broken between its words only.
  assert.ok(html.replaceAll(/<\/?span>/g, '').includes(`<code>pageferry ${args.join(' ')} --html`));
  // No figure is without its row's and its column's name.
  assert.match(html, /<tbody><tr><th scope="row"/);
  return { html, stdout };
}

test('bench move: host, versions, figures, the copy limit, and the RFC marked as another machine', {
  skip,
}, () => {
  const { html } = page(
    'bench',
    'move',
    '--bytes',
    '8M',
    '--copy-bytes',
    '4M',
    '--warm-up',
    '1',
    '--runs',
    '2',
    '--folio',
    '4K,64K,2M',
    '--migrator',
    'baseline,dcbm',
  );
  for (const fact of ['processor', 'memory', 'nodes', 'kernel', 'Node', 'pageferry']) {
    assert.match(html, new RegExp(`<dt>${fact}</dt><dd>[^<]+`));
  }
  assert.match(html, /class="limit" d="M/);
  assert.match(html, /best copy of this host/);
  assert.match(html, /Throughput by folio size: published, another machine/);
  assert.match(html, /<td class="right">10\.88<\/td>/);
  // The RFC's machine and where its figures stand.
  assert.match(html, /two-socket AMD Zen 3/);
});

test('sim batch: the profile instead of a host', () => {
  const { html } = page('sim', 'batch', '--count', '1,8,16');
  assert.match(html, /<dt>profile<\/dt><dd>zen3-ptdma, a simulated machine/);
  assert.doesNotMatch(html, /<dt>kernel<\/dt>/);
});

test('sim compaction: idle and busy as bars', () => {
  const { html } = page('sim', 'compaction', '--huge-pages', '64');
  assert.match(html, /<rect class="bar"/);
});

test('sim breakeven: the smallest batch that pays, and the batch of the caller', () => {
  const { html } = page('sim', 'breakeven', '--folio', '64K,2M', '--max-batch', '4M');
  const captions = [...html.matchAll(/<figcaption>([^<]*)/g)].map(([, text]) => text);
  assert.match(captions[0]!, /^The smallest batch that pays/);
  assert.equal(captions[1], 'The batch of compaction: 32 folios of 64K');
  assert.match(html, /<dt>profile<\/dt>/);
});

if (DEEP) {
  test('calibrate: measured and modelled side by side, of this host', { skip }, () => {
    const json = join(folder, 'calibrated.json');
    const profile = join(folder, 'profile.json');
    const args = ['calibrate', '--bytes', '4M', '--rounds', '1', '--out', profile, `--json=${json}`];
    const { html } = page(...args);
    assert.match(html, /<dt>kernel<\/dt>/);
    assert.doesNotMatch(html, /<dt>profile<\/dt>/);
    assert.match(html, /<figcaption>A simulated machine with this profile</);
    assert.equal(JSON.parse(readFileSync(json, 'utf8')).schema, 'pageferry.calibrate/1');
  });
}

test('figures tell the version that they are of', () => {
  const { stdout } = runCli(['sim', 'batch', '--count', '1', '--json']);
  assert.equal(JSON.parse(stdout).pageferry, runCli(['--version']).stdout.trim());
});

test('--plot draws a bar for each row below the table', () => {
  const { status, stdout } = runCli([
    'sim',
    'move',
    '--folio',
    '4K,2M',
    '--bytes',
    '8M',
    '--channels',
    '1,4',
    '--plot',
  ]);
  assert.equal(status, 0);
  const bars = stdout.split('\n').filter((line) => line.includes('█'));
  assert.equal(bars.length, 2 * 3);
  assert.ok(stdout.indexOf('migrator') < stdout.indexOf('█'));
});

test('the page, the plot and the figures in a file go together; without --plot there are no bars', () => {
  const [json, html] = [join(folder, 'f.json'), join(folder, 'f.html')];
  const args = ['sim', 'batch', '--count', '1', `--json=${json}`, '--html', html];
  assert.match(runCli([...args, '--plot']).stdout, /█/);
  assert.equal(JSON.parse(readFileSync(json, 'utf8')).schema, 'pageferry.sim.batch/2');
  assert.ok(existsSync(html));
  assert.doesNotMatch(runCli(args).stdout, /█/);
});

test('--json prints nothing but the figures, and the page is written all the same', () => {
  const html = join(folder, 'g.html');
  const { stdout } = runCli(['sim', 'batch', '--count', '1', '--json', '--html', html]);
  assert.equal(JSON.parse(stdout).rows.length, 2);
  assert.ok(existsSync(html));
});

for (const [what, args, says] of [
  [
    'a page in a folder that is none',
    ['--html', '/no/such/folder/x.html'],
    /--html: cannot write '\/no\/such\/folder\/x\.html': '\/no\/such\/folder' does not exist \(ENOENT\)/,
  ],
  ['a page that is a folder', ['--html', folder], /--html: .* is a directory/],
  ['figures below a file', ['--json=/dev/null/x.json'], /--json/],
  ['a page in what is a file', ['--html', '/dev/null/x.html'], /--html: .*ENOTDIR/],
  ['figures in a folder that is not there', ['--json=/tmp/no-such-folder-of-ours/'], /is a directory/],
  ['a page on standard output', ['--html', '-'], /--html/],
  ['bars among figures', ['--plot', '--json'], /--plot: .*--json/],
] as const) {
  test(`wrong usage is told before anything is measured: ${what}`, () => {
    for (const command of [
      ['bench', 'move'],
      ['bench', 'compaction'],
      ['sim', 'move'],
      ['sim', 'breakeven'],
      ['calibrate'],
    ]) {
      const { status, stdout, stderr } = runCli([...command, ...args]);
      assert.deepEqual([status, stdout], [2, ''], stderr);
      assert.match(stderr, says);
    }
  });
}

test('a command line can be pasted into a shell', () => {
  assert.equal(commandLine(['sim', 'move', '--folio', '4K,2M']), 'pageferry sim move --folio 4K,2M');
  assert.equal(commandLine(['--out', "it's $HOME"]), "pageferry --out 'it'\\''s $HOME'");
});
