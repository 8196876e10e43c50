import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const HOT = (name: string): string =>
  `function ${name}(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum; } ` +
  `for (let i = 0; i < 3000; i++) ${name}(5000);`;

const engineWorker = new URL('../../src/linux/threads/engine-worker.js', import.meta.url).href;

/** A thread of ours, and then one of the program, each with a function that V8 optimises. */
const PROGRAM = `
  import { Worker } from 'node:worker_threads';
  const { startEngineWorker } = await import('${engineWorker}');
  const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));
  await ended(startEngineWorker(new URL('data:text/javascript,' + encodeURIComponent('${HOT('hotInOurs')}')), {}));
  await ended(new Worker('${HOT('hotInTheirs')}', { eval: true }));
`;

/** Many functions that are warm, and none that is hot. */
const WARM = (name: string): string =>
  `for (let round = 0; round < 300; round++) { ` +
  Array.from({ length: 40 }, (_, i) => `${name}${i}(50);`).join(' ') +
  ` } ` +
  Array.from(
    { length: 40 },
    (_, i) => `function ${name}${i}(n) { let sum = 0; while (n-- > 0) sum += n; return sum; }`,
  ).join(' ');

function baselineCompilations(ours: boolean): string {
  const program = `
    import { Worker } from 'node:worker_threads';
    const { startEngineWorker } = await import('${engineWorker}');
    const code = '${WARM('warm')}';
    ${ours ? `startEngineWorker(new URL('data:text/javascript,' + encodeURIComponent(code)), {})` : 'new Worker(code, { eval: true })'};
  `;
  const args = [
    '--trace-baseline',
    '--trace-baseline-batch-compilation',
    '--input-type=module',
    '-e',
    program,
  ];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const lines = output
    .split('\n')
    .filter((line) => /\bwarm\d/.test(line) && /compiling method|installed/.test(line));
  assert.ok(lines.length > 0, 'V8 has compiled nothing for its baseline');
  return lines.join('\n');
}

function compilations(flags: readonly string[], name: string): string {
  const args = ['--trace-opt', ...flags, '--input-type=module', '-e', PROGRAM];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const lines = output.split('\n').filter((line) => line.includes(name) && line.includes('compiling method'));
  assert.ok(lines.length > 0, `V8 has not optimised ${name}`);
  return lines.join('\n');
}

test('V8 optimises the code of our threads in place, that of later threads of the program as ever', () => {
  assert.doesNotMatch(compilations([], 'hotInOurs'), /kConcurrent/);
  assert.match(compilations([], 'hotInTheirs'), /kConcurrent/);
});

test('what the program has decided for itself stays so', () => {
  assert.doesNotMatch(compilations(['--no-concurrent-recompilation'], 'hotInTheirs'), /kConcurrent/);
});

test('V8 compiles the code of our threads for its baseline in place, too', (t) => {
  assert.doesNotMatch(baselineCompilations(true), /Off Thread/);
  // From Node 24 on there is something to prevent.
  if (Number.parseInt(process.versions.node, 10) < 24) t.diagnostic('this V8 compiles it in place anyway');
  else assert.match(baselineCompilations(false), /Off Thread/);
});
