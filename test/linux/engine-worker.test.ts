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
