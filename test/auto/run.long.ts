import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLI, PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';

const WITHOUT_FERRY = { PAGEFERRY_AUTO_MIN_SIZE: '1G' };
/** Without addons, a process cannot be replaced. Then the program is a child process. */
const AS_CHILD = ['--no-addons', CLI, 'run'];

test('pageferry run ends as its program, also as a child process', () => {
  for (const how of ['code', 'throw', 'term', 'handled']) {
    const args = [scriptOf('endings'), how, '0', '--version', '--', '--report'];
    const alone = runNode(args);
    assert.deepEqual(runNode([CLI, 'run', ...args]), alone, how);
    assert.deepEqual(runNode([...AS_CHILD, ...args], WITHOUT_FERRY), alone, `${how} as a child process`);
  }
});

test('standard streams, arguments and environment are those of the program', () => {
  const args = [scriptOf('streams'), '--report', '-x', '', 'a b', '--', '--min-size=1'];
  const input = 'content\n'.repeat(20_000);
  const alone = runNode(args, { MARK: 'one' }, input);
  assert.equal(alone.stdout, input);
  assert.deepEqual(runNode([CLI, 'run', ...args], { MARK: 'one' }, input), alone);
  const asChild = runNode([...AS_CHILD, ...args], { MARK: 'one' }, input);
  const withoutParent = (text: string): string => text.replace(/"ppid":\d+/, '');
  assert.equal(asChild.stdout, alone.stdout);
  assert.equal(withoutParent(asChild.stderr), withoutParent(alone.stderr));
});

test('signals reach a program that is a child process, and end it as they should', async () => {
  const script = scriptOf('signals');
  for (const signals of [['SIGHUP'], ['SIGUSR2', 'SIGTERM'], ['SIGUSR1', 'SIGINT', 'SIGTERM']] as const) {
    const sent = signals.map((signal) => [signal]);
    const alone = await runWithSignals([script, ...signals], sent);
    assert.deepEqual(await runWithSignals([CLI, 'run', script, ...signals], sent), alone);
    assert.deepEqual(await runWithSignals([...AS_CHILD, script, ...signals], sent), alone);
  }
});

for (const serialization of ['json', 'advanced']) {
  for (const how of ['exit', 'leave', 'term', 'map', 'disconnect', 'handle']) {
    test(`messages of an IPC channel go through unchanged: ${serialization}, ${how}`, () => {
      const parent = [scriptOf('parent'), serialization, how];
      const program = [scriptOf('child'), 'one', '--two'];
      const alone = runNode([...parent, ...program]);
      assert.match(
        alone.stdout,
        /"heard":\[\{"early":\[\{"early":0\},\{"early":1\},\{"early":2\}\]\},"ready"/,
      );
      assert.deepEqual(runNode([...parent, CLI, 'run', ...program]), alone);
    });
  }
}

test("what Node's permission model forbids leaves the program unchanged, and the line names the flag", () => {
  const flag =
    Number(process.versions.node.split('.')[0]) < 22 ? '--experimental-permission' : '--permission';
  const begin = [flag, '--no-warnings', '--allow-fs-read=*', '--require', PRELOAD];
  const program = ['-e', "new SharedArrayBuffer(2 ** 27); setTimeout(() => console.log('done'), 500)"];
  for (const [permitted, line] of [
    [['--allow-worker'], /openFerry: ENOSYS: cannot load koffi.* --allow-addons/],
    [['--allow-addons'], /openFerry: EPERM: .*permission model forbids it\. Start Node with --allow-worker/],
    [['--allow-worker', '--allow-addons'], /^$/],
  ] as const) {
    const { code, stdout, stderr } = runNode([...permitted, ...begin, ...program]);
    assert.deepEqual([code, stdout], [0, 'done\n']);
    assert.match(stderr, line);
  }
});

test('it cannot be a worker of a cluster, and says what can', () => {
  const { code, stderr } = runNode([CLI, 'run', scriptOf('child')], { NODE_UNIQUE_ID: '1' });
  assert.equal(code, 2);
  assert.match(stderr, /cannot be a worker of a cluster\. Use execArgv/);
});
