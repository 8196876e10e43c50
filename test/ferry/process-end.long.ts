import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { runScript } from './support/child.js';
import { LIMIT } from './support/fixture.js';

test('a process that forgets to close its ferry ends by itself', LIMIT, async () => {
  const { code, signal, output } = await runScript('forgets-to-close');
  assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'end of the script\n' });
});

test('a migration that nobody awaits keeps the process until it is over', LIMIT, async () => {
  const { code, output } = await runScript('forgets-to-close', 'under way');
  assert.equal(code, 0);
  assert.match(output, /end of the script\nmoved [1-9]/);
});

test('memory of a ferry is usable after release and after close', LIMIT, async () => {
  const { code, output } = await runScript('uses-after-release');
  assert.deepEqual({ code, output }, { code: 0, output: '8 8\n' });
});

for (const wait of sampled([0, 13, 40], 2)) {
  test(`process.exit in mid-migration, with threads at work, exits (${wait})`, LIMIT, async () => {
    const { code, signal, output } = await runScript('exit-mid-migration', 'exit', String(wait));
    assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'ending\n' });
  });
}

for (const wait of [0, 40]) {
  test(`process.exit while page tables move, with threads at work, exits (${wait})`, LIMIT, async () => {
    const { code, signal, output } = await runScript('exit-mid-migration', 'exit', String(wait), 'tables');
    assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'ending\n' });
  });
}

for (const [how, message] of [
  ['throw', /thrown on purpose/],
  ['reject', /unhandled on purpose/],
] as const) {
  test(`an uncaught error (${how}) in mid-migration ends the process as any other`, LIMIT, async () => {
    const { code, signal, output } = await runScript('exit-mid-migration', how, '5');
    assert.equal(signal, null, output);
    assert.equal(code, 1, output);
    assert.match(output, message);
  });
}
