import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moreIsPermitted } from '../ferry/support/permissions.js';
import { MIN_SIZE, read, withReport } from './support/adopts-scenes.js';
import { CLI, PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';

test('it adopts memories that are large, or become so, and releases those that are dropped', async () => {
  await withReport(async (file, socket) => {
    const args = ['--expose-gc', '--require', PRELOAD, scriptOf('memories')];
    const { code, stderr } = await runWithSignals(args, [['SIGTERM'], ['SIGTERM']], {
      ...MIN_SIZE,
      ...socket,
      PAGEFERRY_AUTO_REPORT: file,
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const { adopted, now, refused, autopilot } = read(file);
    // A shared, a growable, a made, a grown, a shared one of WebAssembly, and one that its module has grown.
    assert.deepEqual([adopted.count, refused], [6, []]);
    // What V8 still holds by some frame of the script is its own affair, but at least three of four are gone.
    assert.ok(now.count >= 3 && now.count <= 4, `${now.count} are left`);
    assert.equal(autopilot.state, 'running');
  });
});

test('a setting that is not valid leaves the program unchanged, and says why', () => {
  const args = ['--require', PRELOAD, scriptOf('endings'), 'code', '1000'];
  for (const [name, value] of [
    ['PAGEFERRY_AUTO_MIN_SIZE', 'much'],
    ['PAGEFERRY_AUTO_POLICY', 'best'],
    ['PAGEFERRY_AUTO_CPU_SHARE', '7'],
    ['PAGEFERRY_AUTO_CPU_SHARE', '1e-1'],
    ['PAGEFERRY_AUTO_DASHBOARD', '1e3'],
  ] as const) {
    const { stdout, stderr, code } = runNode(args, { [name]: value });
    assert.equal(code, 42);
    assert.match(stdout, /exit 42/);
    assert.match(
      stderr,
      new RegExp(`^pageferry: the program runs unchanged: ${name}: '${value}' is not valid[^\n]+\n$`),
    );
  }
  const { stderr, code } = runNode([CLI, 'run', '--cpu-share', '7', 'app.mjs']);
  assert.equal(code, 2);
  assert.match(stderr, /--cpu-share.*must be a number from 0.0001 to 1/s);
});

test('on a host that cannot migrate the program runs unchanged, and one line says why', {
  skip: (process.platform !== 'linux' || process.geteuid?.() !== 0) && 'only root can give up a permission',
}, (t) => {
  const permitted = moreIsPermitted();
  if (permitted !== false) return t.skip(permitted);
  const give = 'process.setgid(65534); process.setuid(65534);';
  const code = `${give} const memory = new SharedArrayBuffer(2 ** 27); setTimeout(() => console.log('done'), 1500);`;
  const { stdout, stderr, code: exit } = runNode(['--require', PRELOAD, '-e', code]);
  assert.equal(exit, 0);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /^pageferry: the program runs unchanged: [^\n]+\n$/);
});
