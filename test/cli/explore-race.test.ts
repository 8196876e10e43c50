import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RACES } from '../../src/sim/explore/races/races.js';
import { sampled } from '../deep.js';
import { runCli } from './run-cli.js';

for (const { name, scenario } of sampled(RACES, 3)) {
  test(`a race is found by name, and what it prints finds it again: ${name}`, () => {
    const found = runCli(['explore', '--race', name]);
    assert.equal(found.status, 1, found.stderr);
    const command = /^Replay: pageferry (.*)$/m.exec(found.stdout)?.[1];
    assert.ok(command !== undefined, found.stdout);
    assert.match(command, new RegExp(`--scenario ${scenario} --race ${name} `));
    const again = runCli(command.split(' '));
    assert.equal(again.status, 1);
    assert.ok(again.stdout.includes(`Replay: pageferry ${command}`), again.stdout);
    const real = runCli(command.replace(` --race ${name}`, '').split(' '));
    assert.equal(real.status, 0, 'the same schedule of the real code breaks nothing');
  });
}

test('the command names the profile that was not the default one', () => {
  const set = ['--set', 'dma.nearGBps=3', '--set', 'dma.farGBps=2'];
  const { stdout } = runCli(['explore', '--race', 'merge-ignored', ...set]);
  assert.ok(stdout.includes(` ${set.join(' ')} --replay `), stdout);
});
