import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDsa } from '../../src/cli/doctor/dsa.js';
import { FakeSysfs, withSysfs } from '../dmaengine/idxd/fake-sysfs.js';

const elsewhere = { skip: process.arch !== 'x64' && 'there is no DSA on this processor' };

test('a host without DSA is as it should be', elsewhere, () => {
  for (const sysfs of [new FakeSysfs(), new FakeSysfs().bus()]) {
    const check = checkDsa(sysfs.root);
    assert.equal(check?.status, 'ok');
    assert.match(check!.found, /^none: /);
    sysfs.remove();
  }
});

test('a device that cannot be used is limited, with why and what to do', elsewhere, () => {
  withSysfs((sysfs) => {
    const check = checkDsa(sysfs.device(0).root);
    assert.equal(check?.status, 'limited');
    assert.match(check!.why!, /no user queue/);
    assert.match(check!.advice!, /accel-config/);
  });
});

test('the queues that can be opened are named', elsewhere, () => {
  withSysfs((sysfs) => {
    sysfs.device(0).queue('wq0.0').node('wq0.0').queue('wq0.3').node('wq0.3');
    const check = checkDsa(sysfs.root);
    assert.equal(check?.status, 'ok');
    assert.equal(check!.found, 'wq0.0 (shared, 16 entries), wq0.3 (shared, 16 entries)');
  });
});
