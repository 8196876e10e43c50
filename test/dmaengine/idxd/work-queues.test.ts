import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findWorkQueues } from '../../../src/dmaengine/idxd/work-queues.js';
import { type FakeSysfs, USER_QUEUE, withSysfs } from './fake-sysfs.js';

test('an enabled user queue with a node is found, with what it can do', () => {
  withSysfs((sysfs) => {
    sysfs.device(0, { pasid_enabled: '1', numa_node: '1' }).node('wq0.1');
    sysfs.queue('wq0.1', { ...USER_QUEUE, mode: 'dedicated', size: '64', block_on_fault: '1' });
    const { queues, obstacle } = findWorkQueues(sysfs.root);
    assert.equal(obstacle, undefined);
    assert.deepEqual(queues, [
      {
        name: 'wq0.1',
        node: `${sysfs.root}/dev/dsa/wq0.1`,
        mode: 'dedicated',
        size: 64,
        maxBytes: 2_097_152,
        blockOnFault: true,
        numaNode: 1,
      },
    ]);
  });
});

test('queues are spread over the devices', () => {
  withSysfs((sysfs) => {
    for (const id of [0, 2, 10]) {
      sysfs.device(id);
      for (const queue of [0, 1]) sysfs.queue(`wq${id}.${queue}`).node(`wq${id}.${queue}`);
    }
    assert.deepEqual(
      findWorkQueues(sysfs.root).queues.map(({ name }) => name),
      ['wq0.0', 'wq2.0', 'wq10.0', 'wq0.1', 'wq2.1', 'wq10.1'],
    );
  });
});

const unusable: [string, Record<string, string>][] = [
  ['disabled', { state: 'disabled' }],
  ["the kernel's own", { type: 'kernel' }],
  ['of no type', { type: 'none' }],
  ['without entries', { size: '0' }],
];
for (const [what, attributes] of unusable) {
  test(`a queue that is ${what} is passed over`, () => {
    withSysfs((sysfs) => {
      sysfs
        .device(0)
        .queue('wq0.0', { ...USER_QUEUE, ...attributes })
        .node('wq0.0');
      const { queues, obstacle } = findWorkQueues(sysfs.root);
      assert.deepEqual(queues, []);
      assert.equal(obstacle?.kind, 'queue');
      sysfs.queue('wq0.1').node('wq0.1');
      assert.deepEqual(
        findWorkQueues(sysfs.root).queues.map(({ name }) => name),
        ['wq0.1'],
      );
    });
  });
}

test('queues without page requests do not block on faults, whatever their other setting', () => {
  withSysfs((sysfs) => {
    sysfs
      .device(0)
      .queue('wq0.0', { ...USER_QUEUE, block_on_fault: '1', prs_disable: '1' })
      .node('wq0.0');
    assert.equal(findWorkQueues(sysfs.root).queues[0]!.blockOnFault, false);
  });
});

test('a limit that the queue does not show is taken from its device; none is beyond 32 bits', () => {
  withSysfs((sysfs) => {
    const { max_transfer_size, ...rest } = USER_QUEUE;
    const limit = () => findWorkQueues(sysfs.root).queues[0]!.maxBytes;
    sysfs.device(0).queue('wq0.0', rest).node('wq0.0');
    assert.equal(limit(), Number(max_transfer_size));
    sysfs.device(0, { pasid_enabled: '1', max_transfer_size: '65536' });
    assert.equal(limit(), 65_536);
    sysfs.queue('wq0.0', { ...rest, max_transfer_size: '4294967296' });
    assert.equal(limit(), 2 ** 32 - 1);
  });
});

const obstacles: [string, (sysfs: FakeSysfs) => void, string, RegExp][] = [
  ['no driver', () => {}, 'driver', /modprobe idxd/],
  ['a driver without a device', (sysfs) => sysfs.bus(), 'device', /processor/],
  ['a device that knows no virtual addresses', (s) => s.device(0, { pasid_enabled: '0' }), 'queue', /sm_on/],
  ['a device without queues', (sysfs) => sysfs.device(0), 'queue', /accel-config/],
  ['a queue without a node', (sysfs) => sysfs.device(0).queue('wq0.0'), 'node', /container/],
];
for (const [what, make, kind, advice] of obstacles) {
  test(`${what} is named as what is in the way, with what to do about it`, () => {
    withSysfs((sysfs) => {
      make(sysfs);
      const { queues, obstacle } = findWorkQueues(sysfs.root);
      assert.deepEqual(queues, []);
      assert.equal(obstacle?.kind, kind);
      assert.match(obstacle!.advice, advice);
      assert.ok(obstacle!.problem.length > 0);
    });
  });
}

test('a node that may not be opened is named too', {
  skip: process.getuid?.() === 0 && 'root may',
}, async () => {
  const { chmodSync } = await import('node:fs');
  withSysfs((sysfs) => {
    sysfs.device(0).queue('wq0.0').node('wq0.0');
    chmodSync(`${sysfs.root}/dev/dsa/wq0.0`, 0);
    const { obstacle } = findWorkQueues(sysfs.root);
    assert.equal(obstacle?.kind, 'permission');
    assert.match(obstacle!.advice, /access/);
  });
});
