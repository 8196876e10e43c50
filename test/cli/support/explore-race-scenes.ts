import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RACES } from '../../../src/sim/explore/races/races.js';
import { runCli } from '../run-cli.js';

export function isFoundByName(races: typeof RACES): void {
  for (const { name, scenario } of races) {
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
}
