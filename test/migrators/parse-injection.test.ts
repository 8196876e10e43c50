import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { INJECTIONS } from '../../src/migrators/error/error-options.js';
import { parseInjection } from '../../src/migrators/error/parse-injection.js';

test('faults are named with how often they come', () => {
  assert.deepEqual(parseInjection('fail-batch=7,corrupt=100,delay=10:5ms'), {
    failBatch: 7,
    corrupt: 100,
    delay: 10,
    delayMs: 5,
  });
  assert.deepEqual(parseInjection(' lie=1 , delay=2:1.5s'), { lie: 1, delay: 2, delayMs: 1500 });
});

test('every fault can be named', () => {
  for (const name of INJECTIONS.filter((each) => each !== 'delay')) {
    const text = name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
    assert.deepEqual(parseInjection(`${text}=3`), { [name]: 3 });
  }
});

for (const [text, message] of [
  ['', /'': is not of the form name=n or delay=n:5ms/],
  ['corrupt', /'corrupt': is not of the form/],
  ['corrupt=', /'corrupt=': is not of the form/],
  ['corrupt=-1', /'corrupt=-1': is not of the form/],
  ['corrupt=1.5', /is not of the form/],
  ['corrupt=5,', /'': is not of the form/],
  ['delay=5:3', /is not of the form/],
  ['Corrupt=5', /is not of the form/],
  ['burn=5', /'burn=5': unknown fault 'burn'. Known: decline, refuse, throw, fail-batch, /],
  ['delay-ms=5', /unknown fault 'delay-ms'/],
  ['to-string=5', /unknown fault 'to-string'/],
  ['corrupt=5,corrupt=6', /'corrupt=6': duplicate fault 'corrupt'/],
  ['delay=5', /'delay=5': 'delay' needs a time/],
  ['corrupt=5:3ms', /'corrupt=5:3ms': 'corrupt' does not take a time/],
  ['lie=1,corrupt=0', /'corrupt=0': must be an integer from 1 to 1000000000, not 0/],
  ['corrupt=9999999999', /not 9999999999/],
  ['delay=1:601s', /'delay=1:601s': must be a number of milliseconds from 0 to 600000, not 601000/],
] as const) {
  test(`'${text}' is refused`, () => {
    assert.throws(
      () => parseInjection(text),
      (error) => {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.code, 'EINVAL');
        assert.equal(error.operation, 'inject');
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
