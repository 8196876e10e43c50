import assert from 'node:assert/strict';
import fc from 'fast-check';
import { libc } from '../../../src/linux/sys/libc.js';
import { ModuleMemory } from '../../../src/own-migrators/slots.js';
import { hostile } from '../support/hostile.js';
import { anyProperty, type FuzzTarget, target } from '../support/target.js';
import { anyText } from '../support/text.js';

const CAPACITY = 8;

/** As UTF-8 has it: what is no character becomes U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** The memory that a module's thread shares with the engine: it may write whatever it likes, wherever it likes. */
function slots(): fc.IRawProperty<unknown> {
  const memory = ModuleMemory.allocate(CAPACITY, 2);
  assert.ok(libc().addressOf(new Uint8Array(memory)) > 0);
  const bytes = new Uint8Array(memory);
  const written = fc.uint8Array({ minLength: memory.byteLength, maxLength: memory.byteLength });
  return anyProperty(
    fc.property(written, anyText, hostile, (raw, text, { make }) => {
      bytes.set(raw);
      const { slots: both, ended } = new ModuleMemory(memory, CAPACITY, 2);
      assert.equal(typeof ended, 'boolean');
      for (const slot of both) {
        assert.ok(slot.text.length <= 512);
        assert.equal(typeof slot.result, 'number');
        assert.equal(typeof slot.thrown, 'boolean');
        slot.setThrown(text);
        assert.equal(slot.thrown, true);
        const said = slot.text;
        assert.ok(said.length <= 512 && wellFormed(text).startsWith(said.replace(/\ufffd+$/, '')));
        const value = make();
        slot.setReturned(value);
        assert.equal(slot.thrown, false);
        assert.ok(Object.is(slot.result, typeof value === 'number' ? value : Number.NaN));
      }
    }),
  );
}

export const MODULE_TARGETS: readonly FuzzTarget[] = [target("what a module's thread leaves", 200, slots())];
