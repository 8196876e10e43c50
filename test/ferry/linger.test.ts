import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_ASLEEP, CONTROL_MAIL, controlBytes, controlWords } from '../../src/ferry/thread/control.js';
import { Doorbell, Linger } from '../../src/ferry/thread/linger.js';

const words = (): Int32Array => controlWords(new SharedArrayBuffer(controlBytes(1)));

test('mail that came before the wait ends it', () => {
  const control = words();
  const seen = Atomics.load(control, CONTROL_MAIL);
  new Doorbell(control).ring();
  assert.equal(new Linger(control).waitForMail(seen), true);
  assert.equal(Atomics.load(control, CONTROL_MAIL), seen + 1);
});

test('without mail the wait ends by itself, and nobody is counted as asleep', () => {
  const control = words();
  assert.equal(new Linger(control).waitForMail(0), false);
  assert.equal(Atomics.load(control, CONTROL_ASLEEP), 0);
});

test('the count of mail may pass the largest integer of its word', () => {
  const control = words();
  Atomics.store(control, CONTROL_MAIL, 0x7fffffff);
  new Doorbell(control).ring();
  assert.equal(new Linger(control).waitForMail(0x7fffffff), true);
  assert.equal(new Linger(control).waitForMail(-0x80000000), false);
});
