import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findWorkQueues } from '../../../src/dmaengine/idxd/work-queues.js';
import { parseMaps } from '../../../src/linux/sys/proc-maps.js';
import { parseSmaps } from '../../../src/linux/sys/smaps.js';
import { parseField, parseIdList } from '../../../src/linux/sys/topology.js';
import { USER_QUEUE, withSysfs } from '../../dmaengine/idxd/fake-sysfs.js';
import { anyProperty, type FuzzTarget, target } from '../support/target.js';
import { anyText, textOf } from '../support/text.js';

const TOP = 2 ** 47;
const mapsText = textOf('0123456789abcdef- \n', [
  'rw-p',
  '---p',
  'r-xs',
  '7f0000000000-7f0000001000 rw-p 0 00:00 0',
]);
const range = fc.record({
  start: fc.nat(2 ** 30).map((page) => page * 4096),
  pages: fc.integer({ min: 1, max: 1000 }),
  permissions: fc.constantFrom('rw-p', 'r--p', '---p', 'rwxp', 'rw-s'),
  path: fc.constantFrom(
    '',
    '[heap]',
    '/a b/c (deleted)',
    '/dev/zero (deleted)',
    'anon_inode:[io_uring]',
    '/x\\012y',
  ),
});

function maps(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(fc.oneof(mapsText, anyText), fc.array(range, { maxLength: 8 }), (junk, ranges) => {
      for (const found of parseMaps(junk, 0, TOP)) {
        assert.ok(found.end > 0 && found.start < TOP);
        assert.match(found.permissions, /^[r-][w-][x-][ps]$/);
      }
      const lines = ranges.map(({ start, pages, permissions, path }) => {
        const [from, to] = [start, start + pages * 4096].map((address) =>
          address.toString(16).padStart(8, '0'),
        );
        return `${from}-${to} ${permissions} 00000000 00:00 0 ${path === '' ? '' : `        ${path}`}`;
      });
      const expected = ranges.map(({ start, pages, permissions, path }) => ({
        start,
        end: start + pages * 4096,
        permissions,
        path,
      }));
      assert.deepEqual(parseMaps(`${lines.join('\n')}\n`, 0, TOP), expected);
    }),
  );
}

const flagged = fc.record({
  start: fc.nat(2 ** 30).map((page) => page * 4096),
  pages: fc.integer({ min: 1, max: 1000 }),
  flags: fc.array(fc.constantFrom('rd', 'wr', 'mg', 'um', 'uw', 'dc'), { minLength: 1, maxLength: 6 }),
  path: fc.constantFrom('', '[heap]', '/VmFlags: rd', '/a b'),
});

function smaps(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(fc.oneof(mapsText, anyText), fc.array(flagged, { maxLength: 8 }), (junk, ranges) => {
      for (const { start, end } of parseSmaps(`${junk}\nVmFlags: rd\n`)) {
        assert.ok(Number.isInteger(start) && Number.isInteger(end));
      }
      const text = ranges.map(({ start, pages, flags, path }) => {
        const [from, to] = [start, start + pages * 4096].map((at) => at.toString(16).padStart(8, '0'));
        return `${from}-${to} rw-p 00000000 00:00 0  ${path}\nSize: 8 kB\nVmFlags: ${flags.join(' ')} \n`;
      });
      const expected = ranges.map(({ start, pages, flags }) => ({ start, end: start + pages * 4096, flags }));
      assert.deepEqual(parseSmaps(text.join('')), expected);
    }),
  );
}

const ids = fc.uniqueArray(fc.nat(1023), { maxLength: 40 });

function idLists(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(fc.oneof(textOf('0123456789,- \n'), anyText), ids, (junk, some) => {
      const found = parseIdList(junk);
      assert.ok(found.size <= 1024);
      for (const id of found) assert.ok(Number.isInteger(id) && id >= 0 && id < 1024);
      assert.deepEqual([...parseIdList(some.join(','))], some);
      assert.deepEqual(parseIdList('0-4294967295').size, 1024);
    }),
  );
}

function meminfo(): fc.IRawProperty<unknown> {
  const junk = fc.oneof(textOf('0123456789: \nkB', ['MemTotal:', 'Node 0 MemFree:', ' kB']), anyText);
  return anyProperty(
    fc.property(junk, fc.nat(2 ** 40), (text, kilobytes) => {
      const bytes = parseField(text, 'MemTotal');
      assert.ok(Number.isSafeInteger(bytes) && bytes >= 0);
      assert.equal(parseField(`Node 0 MemTotal:   ${kilobytes} kB\n`, 'MemTotal'), kilobytes * 1024);
    }),
  );
}

const attribute = fc.oneof(
  fc.constantFrom(
    'enabled',
    'user',
    'shared',
    'dedicated',
    '1',
    '0',
    '-1',
    '1e99',
    '0x10',
    'Infinity',
    '2097152',
  ),
  anyText.map((text) => text.slice(0, 4000)),
);

/** Attributes of one queue are the driver's, all but some. */
function workQueues(): fc.IRawProperty<unknown> {
  const changes = fc.array(fc.tuple(fc.constantFrom(...Object.keys(USER_QUEUE)), attribute), {
    maxLength: 3,
  });
  return anyProperty(
    fc.property(changes, attribute, (changed, numaNode) => {
      withSysfs((sysfs) => {
        sysfs.device(0, { pasid_enabled: '1', numa_node: numaNode });
        sysfs.queue('wq0.0', { ...USER_QUEUE, ...Object.fromEntries(changed) }).node('wq0.0');
        const { queues, obstacle } = findWorkQueues(sysfs.root);
        if (queues.length === 0) assert.ok(obstacle !== undefined);
        for (const queue of queues) {
          assert.ok(Number.isInteger(queue.size) && queue.size > 0 && queue.size <= 65_536, `${queue.size}`);
          assert.ok(Number.isInteger(queue.maxBytes) && queue.maxBytes > 0 && queue.maxBytes < 2 ** 32);
          assert.ok(queue.numaNode === undefined || Number.isSafeInteger(queue.numaNode));
        }
      });
    }),
  );
}

export const KERNEL_FILE_TARGETS: readonly FuzzTarget[] = [
  target('/proc/self/maps', 200, maps()),
  target('/proc/self/smaps', 200, smaps()),
  target('a list of NUMA nodes', 200, idLists()),
  target('meminfo of a node', 200, meminfo()),
  target('work queues in sysfs', 60, workQueues()),
];
