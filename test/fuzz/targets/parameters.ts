import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MigrationError } from '../../../src/common/migration-error.js';
import { ferryParameters } from '../../../src/ferry/ferry-parameters.js';
import { ALL_REASONS, MIGRATE_REASONS } from '../../../src/mm/reason.js';
import { kstrtobool } from '../../../src/parameters/kstrto.js';
import { readInteger, readSwitch } from '../../../src/parameters/parameter-values.js';
import { formatReasonMask, readReasonMask } from '../../../src/parameters/reason-mask-text.js';
import { FakeParameterHost } from '../../ferry/support/fake-parameter-host.js';
import { typed, typedAsync } from '../support/expect.js';
import { anyProperty, type FuzzTarget, target } from '../support/target.js';
import { anyText, textOf } from '../support/text.js';

const number = textOf('0123456789abcdefxX+-. \n');
const reasons = textOf(', \n0x', [...MIGRATE_REASONS, 'all', 'none']);
const switches = textOf('onfyt10ODE\n ', ['on', 'off', 'true', 'false']);

const PATHS = ferryParameters(new FakeParameterHost())
  .list()
  .map(({ path }) => path);

const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PATHS) },
  fc.constantFrom(...PATHS).map((known) => `/${known}`),
  textOf('/.', ['module', 'dcbm', '..', 'parameters', '__proto__']),
  anyText,
);
const value = fc.oneof(number, reasons, switches, anyText, fc.integer(), fc.double(), fc.boolean());

export const PARAMETER_TARGETS: readonly FuzzTarget[] = [
  target(
    'a switch',
    300,
    anyProperty(
      fc.property(fc.oneof(switches, anyText), (text) => {
        const read = typed(() => readSwitch('p', text));
        const expected = kstrtobool(text);
        if (expected === undefined) assert.ok(read instanceof MigrationError && read.argument === 'p');
        else assert.equal(read, expected);
      }),
    ),
  ),
  target(
    'an integer within bounds',
    300,
    anyProperty(
      fc.property(fc.oneof(number, anyText), fc.nat(1000), fc.nat(1000), (text, min, room) => {
        const read = typed(() => readInteger('p', text, min, min + room));
        if (read instanceof MigrationError) assert.equal(read.argument, 'p');
        else {
          assert.ok(Number.isInteger(read) && read >= min && read <= min + room);
          assert.equal(readInteger('p', String(read), min, min + room), read);
        }
      }),
    ),
  ),
  target(
    'a reason mask',
    300,
    anyProperty(
      fc.property(fc.oneof(reasons, number, anyText), (text) => {
        const mask = typed(() => readReasonMask('p', text));
        if (mask instanceof MigrationError) return;
        assert.ok(Number.isInteger(mask) && mask >= 0 && mask <= ALL_REASONS);
        assert.equal(readReasonMask('p', formatReasonMask(mask)), mask);
      }),
    ),
  ),
  target(
    'the tree of parameters',
    100,
    anyProperty(
      fc.asyncProperty(fc.array(fc.tuple(path, value), { maxLength: 10 }), async (writes) => {
        const tree = ferryParameters(new FakeParameterHost());
        for (const [where, what] of writes) {
          const before = tree.list();
          const done = await typedAsync(() => tree.set(where, what));
          typed(() => tree.get(where));
          const after = tree.list();
          assert.deepEqual(
            after.map((info) => info.path),
            PATHS,
          );
          // What is refused changes nothing.
          if (done instanceof MigrationError) assert.deepEqual(after, before);
        }
        // What is shown is accepted, and changes nothing.
        const shown = tree.list();
        for (const info of shown) if (info.writable) await tree.set(info.path, info.value);
        assert.deepEqual(tree.list(), shown);
      }),
    ),
  ),
];
