import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIN_SIZE } from './support/adopts-scenes.js';
import { CLI, PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';

test('it reports on SIGUSR2, if a report was asked for', async () => {
  const args = ['--expose-gc', '--require', PRELOAD, scriptOf('memories')];
  const { code, stderr } = await runWithSignals(args, [['SIGUSR2', 'SIGTERM'], ['SIGTERM']], {
    ...MIN_SIZE,
    PAGEFERRY_AUTO_REPORT: '-',
  });
  assert.equal(code, 0);
  const reports = stderr.match(/^pageferry: adopted 6 memories of 16M or more.*$/gm);
  assert.equal(reports?.length, 2, stderr);
});

test('a report without a large memory says so', () => {
  const { stdout, stderr, code } = runNode([CLI, 'run', '--report', '-e', 'console.log(1)']);
  assert.equal(code, 2, 'options of node are not options of run');
  assert.match(stderr, /unknown option '-e'/);
  assert.equal(stdout, '');
  const ended = runNode([CLI, 'run', '--report', scriptOf('observables')]);
  assert.match(ended.stderr, /pageferry: no memory was large enough to adopt\n$/);
});
