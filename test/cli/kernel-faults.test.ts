import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKernelFaults, faultsOf, KERNEL_FAULTS } from '../../src/cli/doctor/kernel-faults.js';
import { compareVersions, isAtLeast, parseVersion } from '../../src/cli/doctor/versions.js';

const CVE = 'CVE-2026-72175';

/** Each stable series, before, at and after the version that fixes it. */
const EXPECTED: Readonly<Record<string, boolean>> = {
  '6.6.150': false,
  '6.7': true,
  '6.7.0-rc1': true,
  '6.8.0-45-generic': true,
  '6.12.57+deb13-cloud-amd64': true,
  '6.12.100': true,
  '6.12.101': false,
  '6.13.0': true,
  '6.17.9-arch1-1': true,
  '6.18.41': true,
  '6.18.42': false,
  '6.18.44-fc-v657': false,
  '6.19.0': true,
  '7.0.12': true,
  '7.1.4': true,
  '7.1.5': false,
  '7.2.0-rc1': false,
  '10.0.1': false,
};

for (const [release, faulty] of Object.entries(EXPECTED)) {
  test(`Linux ${release} ${faulty ? 'has' : 'does not have'} ${CVE}, by its version`, () => {
    assert.equal(
      faultsOf(release).some(({ id }) => id === CVE),
      faulty,
    );
    assert.equal(checkKernelFaults(release).status, faulty ? 'limited' : 'ok');
  });
}

test('the advice names the version of the same range that fixes it', () => {
  assert.match(checkKernelFaults('6.12.57').advice!, /^Boot a kernel later than 6\.12\.100\. Distributions/);
  assert.match(checkKernelFaults('6.14.2').advice!, /later than 6\.18\.41\./);
  assert.match(checkKernelFaults('7.0').advice!, /later than 7\.1\.4\./);
  assert.match(checkKernelFaults('6.12.57').why!, /asleep forever/);
});

test('a fault that pageferry avoids is no warning, and is in the details', () => {
  const { status, found, details } = checkKernelFaults('6.18.44');
  assert.equal(status, 'ok');
  assert.match(found, /^none by its version \(3 that pageferry avoids\)$/);
  const { faults } = details as { faults: { id: string; avoidedBy: string | null }[] };
  assert.equal(faults.length, 3);
  assert.ok(faults.every(({ avoidedBy }) => avoidedBy !== null));
});

test('a fault without a version that fixes it, and a version that cannot be read', () => {
  const faults = [{ id: 'x', problem: 'p', ranges: [{ from: [6, 9, 0] as const }] }];
  assert.deepEqual(faultsOf('6.8.12', faults), []);
  assert.deepEqual(faultsOf('9.0', faults), faults);
  assert.deepEqual(faultsOf('unknown'), []);
  assert.equal(checkKernelFaults('unknown').status, 'ok');
});

test('the ranges of a fault are in order, and do not overlap', () => {
  for (const { id, ranges } of KERNEL_FAULTS) {
    for (const [i, { from, to }] of ranges.entries()) {
      if (to !== undefined) assert.ok(compareVersions(from, to) <= 0, id);
      if (i > 0) assert.ok(compareVersions(ranges[i - 1]!.to!, from) < 0, id);
    }
  }
});

test('versions are compared by number', () => {
  assert.deepEqual(parseVersion('v20.20.2'), [20, 20, 2]);
  assert.deepEqual(parseVersion('7.2-rc1'), [7, 2, 0]);
  assert.equal(parseVersion('6'), undefined);
  assert.ok(compareVersions([6, 9, 0], [6, 10, 0]) < 0);
  assert.ok(isAtLeast('6.10.1', [6, 8]));
  assert.ok(!isAtLeast('6.7.9', [6, 8]));
  assert.ok(!isAtLeast('unknown', [6, 8]));
});
