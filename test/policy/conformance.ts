import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../src/common/random.js';
import { MoveList } from '../../src/policy/move-list.js';
import { NO_NODE, type Policy } from '../../src/policy/policy.js';
import { type Move, Scene } from './scene.js';

/**
 * The contract of a policy (src/policy/policy.ts), in code. `Scene.epoch` checks each list: units, nodes, reasons, room,
 * bytes and figures.
 */
export function policyConformance(create: () => Policy): void {
  const { name } = create();

  describe(`${name} keeps the contract of a policy`, () => {
    for (const seed of [1, 2, 3, 4]) {
      test(`lists with random heat, rooms and budgets are valid (seed ${seed})`, () => {
        const random = seededRandom(seed);
        for (let round = 0; round < 20; round++) {
          const policy = create();
          const scene = randomScene(random);
          for (let epoch = 0; epoch < 12; epoch++) {
            shake(scene, random);
            scene.epoch(policy);
          }
        }
      });
    }

    test('the same input gives the same list', () => {
      const run = (): Move[][] => {
        const random = seededRandom(7);
        const policy = create();
        const scene = randomScene(random);
        return Array.from({ length: 20 }, () => {
          shake(scene, random);
          return scene.epoch(policy);
        });
      };
      assert.deepEqual(run(), run());
    });

    test('an input is left as it was', () => {
      const scene = hotOnTheSlowNode();
      const policy = create();
      for (let epoch = 0; epoch < 5; epoch++) {
        const { heat, nodeOf } = scene;
        const before = structuredClone({ ...heat, nodeOf });
        const moves = new MoveList();
        moves.clear(nodeOf.length);
        policy.decide(scene.input(), moves);
        assert.deepEqual({ ...heat, nodeOf }, before);
        (heat as { atMs: number }).atMs += 100;
      }
    });

    test('it reads no clock and no random numbers', (t) => {
      const refuse = (what: string) => () => assert.fail(`${name} reads ${what}`);
      const scene = hotOnTheSlowNode();
      const policy = create();
      t.mock.method(Date, 'now', refuse('the time'));
      t.mock.method(performance, 'now', refuse('the time'));
      t.mock.method(Math, 'random', refuse('random numbers'));
      const moves = scene.epochs(policy, 20);
      t.mock.restoreAll();
      assert.ok(moves.length > 0);
    });

    test('hot memory on the slow node comes to the fast one, and cold memory makes room', () => {
      const scene = hotOnTheSlowNode();
      scene.epochs(create(), 60);
      const hot = scene.fastUnits().filter((unit) => unit >= 56);
      assert.equal(hot.length, 8, `fast: ${scene.fastUnits()}`);
    });

    test('memory of which nothing is known stays', () => {
      const scene = new Scene({ units: 32, room: [16, 32] });
      for (let unit = 0; unit < 32; unit++) scene.rate(unit, Number.NaN);
      assert.deepEqual(scene.epochs(create(), 10), []);
    });

    test('memory that is all on the fast node, with room left, stays', () => {
      const scene = new Scene({ units: 16, room: [20, 32], headroom: 2 });
      for (let unit = 0; unit < 16; unit++) scene.rate(unit, 1e5 * (1 + unit));
      assert.deepEqual(scene.epochs(create(), 20), []);
    });

    test('a budget of 0 moves nothing', () => {
      const scene = hotOnTheSlowNode();
      scene.maxUnits = 0;
      assert.deepEqual(scene.epochs(create(), 10), []);
    });

    test('memory that grows and shrinks', () => {
      const policy = create();
      for (const units of [8, 64, 3, 128]) {
        const scene = new Scene({ units, room: [4, 200] });
        for (let unit = 0; unit < units; unit++) scene.rate(unit, unit % 3 === 0 ? 1e6 : 0);
        scene.epochs(policy, 6);
      }
    });

    test('a slow node that is full takes no demotions', () => {
      const scene = new Scene({ units: 32, room: [16, 16] });
      for (let unit = 0; unit < 32; unit++) scene.rate(unit, unit >= 16 ? 1e6 : 0);
      assert.deepEqual(scene.epochs(create(), 20), []);
    });
  });
}

function randomScene(random: (bound: number) => number): Scene {
  const units = 1 + random(96);
  const fast = 1 + random(units);
  const spare = random(units + 1);
  const third = random(2) === 0;
  return new Scene({
    units,
    lastBytes: 4096 * (1 + random(512)),
    room: third ? [fast, Math.ceil(units / 2), units] : [fast, units - fast + spare + 1],
    headroom: random(3),
    moveNsPerByte: random(4) * 0.4,
  });
}

/** Changes heat, latencies and budget. */
function shake(scene: Scene, random: (bound: number) => number): void {
  for (let unit = 0; unit < scene.nodeOf.length; unit++) {
    const kind = random(8);
    scene.rate(unit, kind === 0 ? Number.NaN : kind < 4 ? 0 : random(1e6));
    if (random(200) === 0) scene.nodeOf[unit] = NO_NODE;
  }
  scene.accessNs[0] = 80 + random(200);
  scene.maxUnits = random(20);
}

/** 64 units, of which 16 fit on the fast node. The last 8 are hot, and on the slow node. */
function hotOnTheSlowNode(): Scene {
  const scene = new Scene({ units: 64, room: [16, 64], headroom: 2 });
  for (let unit = 0; unit < 64; unit++) scene.rate(unit, unit >= 56 ? 1e6 : 0);
  return scene;
}
