import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DoctorReport } from '../../../src/cli/doctor/examine.js';
import { spawnCli } from '../../cli/run-cli.js';
import '../support/kernel.js';

const GROUPS = '/sys/fs/cgroup';
const CHILD = fileURLToPath(new URL('../support/cpuset-child.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/** Runs node in a cpuset with memory of one node. */
function runOn(node: number, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(`${GROUPS}/cgroup.subtree_control`, '+cpuset');
  const group = `${GROUPS}/only-${node}`;
  mkdirSync(group, { recursive: true });
  writeFileSync(`${group}/cpuset.mems`, String(node));
  const shell = ['-c', `echo $$ >${group}/cgroup.procs && exec "$@"`, 'sh', process.execPath, ...args];
  return spawnSync('/bin/sh', shell, { encoding: 'utf8', timeout: 180_000 });
}

for (const node of [0, 1]) {
  test(`in a cpuset with node ${node} alone the second node is emulated on it, and the other is refused`, () => {
    const { status, stdout, stderr } = runOn(node, CHILD, String(1 - node));
    assert.equal(status, 0, stderr);
    const { nodes, pages, foliosMoved, foliosFailed, refused } = JSON.parse(stdout);
    assert.deepEqual(nodes, [
      { id: node, numaNode: node, emulated: false },
      { id: node + 1, numaNode: node, emulated: true },
    ]);
    assert.deepEqual(pages, { [node]: foliosMoved });
    assert.equal(foliosFailed, 0);
    assert.match(refused, /^(EINVAL|ENODEV|EPERM)$/);
  });
}

test('bench move in a cpuset says that its second node is emulated, and has no row kernel', () => {
  const small = ['bench', 'move', '--bytes', '4M', '--runs', '1', '--folio', '2M'];
  const asked = runOn(1, MAIN, ...small, '--migrator', 'kernel');
  assert.equal(asked.status, 3, asked.stdout);
  assert.match(asked.stderr, /^error: the row kernel is not supported on this host: .*\(ENODEV\)/);
  const { status, stdout, stderr } = runOn(1, MAIN, ...small, '--migrator', 'serial');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /node 2 is emulated on NUMA node 1/);
});

test('doctor finds two nodes, and in a cpuset that one of them is forbidden', () => {
  const numa = (stdout: string) =>
    (JSON.parse(stdout) as DoctorReport).checks.find(({ id }) => id === 'numa')!;
  assert.equal(numa(spawnCli(['doctor', '--json']).stdout).status, 'ok');
  const { status, why } = numa(runOn(0, MAIN, 'doctor', '--json').stdout);
  assert.equal(status, 'limited');
  assert.match(why!, /cpuset.*node 1 is emulated on NUMA node 0/);
});
