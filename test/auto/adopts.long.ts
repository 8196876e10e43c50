import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIN_SIZE, read, withReport } from './support/adopts-scenes.js';
import { CLI, PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';

test('it reports on SIGUSR2, if a report was asked for', async () => {
  await withReport(async (_, socket) => {
    const args = ['--expose-gc', '--require', PRELOAD, scriptOf('memories')];
    const { code, stderr } = await runWithSignals(args, [['SIGUSR2', 'SIGTERM'], ['SIGTERM']], {
      ...MIN_SIZE,
      ...socket,
      PAGEFERRY_AUTO_REPORT: '-',
    });
    assert.equal(code, 0);
    const reports = stderr.match(/^pageferry: adopted 6 memories of 16M or more.*$/gm);
    assert.equal(reports?.length, 2, stderr);
  });
});

test('a report without a large memory says so', () => {
  const { stdout, stderr, code } = runNode([CLI, 'run', '--report', '-e', 'console.log(1)']);
  assert.equal(code, 2, 'options of node are not options of run');
  assert.match(stderr, /unknown option '-e'/);
  assert.equal(stdout, '');
  const ended = runNode([CLI, 'run', '--report', scriptOf('observables')]);
  assert.match(ended.stderr, /pageferry: no memory was large enough to adopt: the largest had 0\.\d+M\n$/);
});

test('memory that pageferry has made for itself is not adopted', async () => {
  await withReport(async (file, socket) => {
    const { stderr } = runNode(['--require', PRELOAD, scriptOf('one-memory')], {
      ...socket,
      PAGEFERRY_AUTO_MIN_SIZE: '8K',
      PAGEFERRY_AUTO_REPORT: file,
    });
    assert.equal(stderr, '');
    assert.deepEqual(read(file).adopted, { count: 1, bytes: 2 ** 20 });
  });
});

test('timers that the program replaces are its own: pageferry neither needs nor calls them', async () => {
  await withReport(async (file, socket) => {
    const variables = { ...MIN_SIZE, ...socket, PAGEFERRY_AUTO_REPORT: file };
    const args = ['--require', PRELOAD, scriptOf('replaced-timers')];
    const { code, stdout, stderr } = runNode(args, variables);
    assert.deepEqual([code, stdout, stderr], [0, `${2 ** 25} 0\n`, '']);
    assert.equal(read(file).adopted.count, 1);
  });
});

test('a program that opens a ferry gets its memory back', async () => {
  await withReport(async (file, socket) => {
    const variables = { ...MIN_SIZE, ...socket, PAGEFERRY_AUTO_REPORT: file };
    const { code, stdout, stderr } = runNode(['--require', PRELOAD, scriptOf('own-ferry')], variables);
    assert.deepEqual([code, stdout, stderr], [0, 'adopted 33554432\nadopted 33554432\n', '']);
    const { adopted, now, gaveWay, autopilot } = read(file);
    assert.deepEqual([adopted.count, now.count, gaveWay, autopilot.state], [1, 0, true, 'stopped']);
  });
});
