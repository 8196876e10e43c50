import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';
import { MIN_SIZE, readReport, withReport } from './support/with-report.js';

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

test('memory that pageferry has made for itself is not adopted', async () => {
  await withReport(async (file, socket) => {
    const { stderr } = runNode(['--require', PRELOAD, scriptOf('one-memory')], {
      ...socket,
      PAGEFERRY_AUTO_MIN_SIZE: '8K',
      PAGEFERRY_AUTO_REPORT: file,
    });
    assert.equal(stderr, '');
    assert.deepEqual(readReport(file).adopted, { count: 1, bytes: 2 ** 20 });
  });
});

test('a program that opens a ferry gets its memory back', async () => {
  await withReport(async (file, socket) => {
    const variables = { ...MIN_SIZE, ...socket, PAGEFERRY_AUTO_REPORT: file };
    const { code, stdout, stderr } = runNode(['--require', PRELOAD, scriptOf('own-ferry')], variables);
    assert.deepEqual([code, stdout, stderr], [0, 'adopted 33554432\nadopted 33554432\n', '']);
    const { adopted, now, gaveWay, autopilot } = readReport(file);
    assert.deepEqual([adopted.count, now.count, gaveWay, autopilot.state], [1, 0, true, 'stopped']);
  });
});

test('on a host that cannot migrate the program runs unchanged, and one line says why', {
  skip: (process.platform !== 'linux' || process.geteuid?.() !== 0) && 'only root can give up a permission',
}, () => {
  const give = 'process.setgid(65534); process.setuid(65534);';
  const code = `${give} const memory = new SharedArrayBuffer(2 ** 27); setTimeout(() => console.log('done'), 1500);`;
  const { stdout, stderr, code: exit } = runNode(['--require', PRELOAD, '-e', code]);
  assert.equal(exit, 0);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /^(pageferry: the program runs unchanged: [^\n]+\n)?$/);
});
