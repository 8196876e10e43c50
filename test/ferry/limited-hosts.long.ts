import './support/watchdog.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mock, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openFerry } from '../../src/index.js';
import { libc } from '../../src/linux/sys/libc.js';
import { runScript } from './support/child.js';
import { LIMIT, refusal, withFerry } from './support/fixture.js';
import { moreIsPermitted } from './support/permissions.js';

/** nobody, on most systems; any user but root would do. */
const STRANGER = 65_534;
const SCRIPT = fileURLToPath(new URL('./support/scripts/limited-host.js', import.meta.url));
const INDEX = new URL('../../src/index.js', import.meta.url).href;

function cannotBeAnother(): string | false {
  if (process.geteuid?.() !== 0) return 'only root can be another user';
  const { status } = spawnSync(process.execPath, ['--check', SCRIPT], {
    uid: STRANGER,
    gid: STRANGER,
    cwd: '/',
  });
  return status === 0 ? false : 'another user cannot run node here, or cannot read this test';
}

test('a user without privilege: user-mode faults only, a warning, and nothing lost', {
  skip: cannotBeAnother(),
  ...LIMIT,
}, (t) => {
  const permitted = moreIsPermitted();
  if (permitted !== false) return t.skip(permitted);
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    uid: STRANGER,
    gid: STRANGER,
    cwd: '/',
    encoding: 'utf8',
    timeout: LIMIT.timeout,
  });
  assert.equal(status, 0, stderr);
  const { capabilities, warnings, moved, lost } = JSON.parse(stdout);
  assert.equal(capabilities.kernelFaults, false);
  assert.deepEqual(warnings, ['PAGEFERRY_USER_MODE_ONLY']);
  assert.deepEqual(moved, [true, true, true]);
  assert.equal(lost, 0);
});

test('a host without transparent huge pages: 2M folios move as small pages', LIMIT, async () => {
  const { code, output } = await runScript('limited-host', 'no-huge-pages');
  assert.equal(code, 0, output);
  const { capabilities, moved, lost, hugeBytes } = JSON.parse(output);
  assert.equal(capabilities.hugePages, false);
  assert.deepEqual({ moved, lost, hugeBytes }, { moved: [true, true, true], lost: 0, hugeBytes: 0 });
});

test('one NUMA node: the second is emulated, and says so', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const [first, second, ...more] = ferry.nodes;
    assert.deepEqual([first!.emulated, more], [false, []]);
    assert.equal(second!.emulated, second!.numaNode === first!.numaNode);
  });
});

test('base pages of another size are refused with ENOSYS', LIMIT, async (t) => {
  mock.method(libc(), 'sysconf', () => 65_536);
  t.after(() => mock.restoreAll());
  await assert.rejects(
    openFerry(),
    (error: Error) => refusal('ENOSYS')(error) && /65536/.test(error.message),
  );
});

for (const [name, value] of [
  ['platform', 'darwin'],
  ['arch', 'ia32'],
] as const) {
  test(`another ${name} is refused with ENOSYS, and the module can be loaded there`, LIMIT, () => {
    const code = `
      Object.defineProperty(process, ${JSON.stringify(name)}, { value: ${JSON.stringify(value)} });
      const { openFerry } = await import(${JSON.stringify(INDEX)});
      await openFerry().catch(({ code, message }) => console.log(code, message));
    `;
    const args = ['--input-type=module', '-e', code];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT.timeout });
    assert.match(stdout, /^ENOSYS .*Linux/);
    assert.ok(stdout.includes(value), stdout);
  });
}
