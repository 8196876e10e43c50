import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RACES } from '../../src/sim/explore/races/races.js';
import { sampled } from '../deep.js';
import { runCli } from './run-cli.js';
import { isFoundByName } from './support/explore-race-scenes.js';

isFoundByName(sampled(RACES, 3));

test('the command names the profile that was not the default one', () => {
  const set = ['--set', 'dma.nearGBps=3', '--set', 'dma.farGBps=2'];
  const { stdout } = runCli(['explore', '--race', 'merge-ignored', ...set]);
  assert.ok(stdout.includes(` ${set.join(' ')} --replay `), stdout);
});
