import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSchedule, parseSchedule } from '../../src/sim/explore/chooser.js';
import { explore } from '../../src/sim/explore/explore.js';
import type { Program } from '../../src/sim/explore/program.js';
import { type Scenario, Stage } from '../../src/sim/explore/scenario.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import type { Steps } from '../../src/sim/explore/task.js';
import { sampled } from '../deep.js';
import { zen3 } from './profiles.js';

const profile = zen3();

/** Tasks that do nothing but note who has stepped; each whole order of steps is added to `seen`. */
function scenarioOf(counts: readonly number[], seen: Set<string>): Scenario {
  return {
    name: 'steps',
    description: 'steps',
    healthy: true,
    build(options) {
      const stage = new Stage(options);
      let order = '';
      const done = counts.map(() => 0);
      function* steps(task: number): Steps {
        for (let step = 0; step < counts[task]!; step++) {
          order += String.fromCharCode(97 + task);
          if (++done[task]! === counts[task]! && order.length === counts.reduce((a, b) => a + b))
            seen.add(order);
          yield undefined;
        }
      }
      for (const task of counts.keys()) stage.task(`task ${task}`, steps(task));
      return stage;
    },
  };
}

test('the systematic walk makes every order of steps there is, and then ends', async () => {
  const seen = new Set<string>();
  const result = await explore({
    profile,
    scenario: scenarioOf([3, 3], seen),
    seed: 1,
    schedules: 10_000,
    preemptions: 100,
  });
  // 6! / (3! 3!), each once; a last step of a generator that only ends adds some.
  assert.equal(seen.size, 20);
  assert.equal(result.complete, true);
});

test('without preemptions one task after the other', async () => {
  const seen = new Set<string>();
  await explore({
    profile,
    scenario: scenarioOf([2, 3, 1], seen),
    seed: 1,
    schedules: 10_000,
    preemptions: 0,
  });
  assert.deepEqual([...seen].sort(), ['aabbbc', 'aacbbb', 'bbbaac', 'bbbcaa', 'caabbb', 'cbbbaa'].sort());
});

test('more preemptions, more orders', async () => {
  const orders: number[] = [];
  for (const preemptions of [0, 1, 2, 3]) {
    const seen = new Set<string>();
    await explore({ profile, scenario: scenarioOf([4, 4], seen), seed: 1, schedules: 100_000, preemptions });
    orders.push(seen.size);
  }
  assert.deepEqual(
    orders,
    orders.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(orders).size === 4, `${orders}`);
});

test('the same seed finds the same, another one other schedules', async () => {
  for (const scenario of sampled(SCENARIOS, 4)) {
    const run = (seed: number): Promise<unknown> => explore({ profile, scenario, seed, schedules: 3 });
    assert.deepEqual(await run(1), await run(1), scenario.name);
  }
  const [one, other] = await Promise.all(
    [1, 1000].map((seed) => explore({ profile, scenario: SCENARIOS[0]!, seed, schedules: 50 })),
  );
  assert.notEqual(one!.decisions, other!.decisions);
});

test('every schedule of a small migration under a writer with two preemptions', async () => {
  const scenario = SCENARIOS.find(({ name }) => name === 'move-and-write')!;
  const { complete, failure, distinct } = await explore({
    profile,
    scenario,
    seed: 1,
    schedules: 20_000,
    preemptions: 2,
  });
  assert.equal(failure, undefined);
  assert.equal(complete, true);
  assert.ok(distinct > 100, `${distinct}`);
});

/** What `explore` says about a scenario that does something wrong. */
async function found(spoil: (stage: Stage) => void): Promise<string[]> {
  const scenario: Scenario = {
    name: 'spoilt',
    description: 'spoilt',
    healthy: true,
    build(options) {
      const stage = new Stage(options);
      const program = stage.program(8);
      stage.task('writer', program.writer([0, 1], 1));
      spoil(stage);
      return stage;
    },
  };
  const { failure } = await explore({ profile, scenario, seed: 1, schedules: 1 });
  return [...new Set(failure?.violations.map(({ invariant }) => invariant))];
}

test('each invariant notices what breaks it', async () => {
  assert.deepEqual(await found(() => undefined), []);
  const program = (stage: Stage): Program => stage.programs[0]!;
  assert.deepEqual(
    await found((stage) => stage.sim.memory.content.set(program(stage).space.table[3]!, 0, 5)),
    ['every page is present with its content'],
  );
  assert.deepEqual(
    await found((stage) =>
      stage.task(
        'sleeper',
        (function* () {
          yield () => false;
        })(),
      ),
    ),
    ['no thread sleeps forever'],
  );
  assert.deepEqual(
    await found((stage) =>
      stage.task(
        'thrower',
        // biome-ignore lint/correctness/useYield: it throws at once
        (function* (): Steps {
          throw new Error('no');
        })(),
      ),
    ),
    ['no task throws'],
  );
  assert.deepEqual(await found((stage) => stage.sim.memory.take(0, 0)), ['no frame is in flight']);
  assert.deepEqual(
    await found((stage) => {
      stage.sim.registry.register(stage.migrator({ name: 'cpu' }));
      stage.sim.registry.enter('syscall');
    }),
    ['every read section is closed'],
  );
  assert.deepEqual(
    await found((stage) => {
      const { space } = program(stage);
      stage.sim.memory.lru[space.table[2]!] = 0;
    }),
    ['no page is isolated'],
  );
  assert.deepEqual(
    await found((stage) => {
      program(stage).space.writeProtected[2] = 1;
    }),
    ['no protection is left'],
  );
  assert.deepEqual(
    await found((stage) => {
      const { table } = program(stage).space;
      table[4] = table[5]!;
    }),
    ['every page is present with its content', 'every frame is owned exactly once'],
  );
});

test('a schedule is a text that reads back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (choices) => {
      const end = choices.findLastIndex((choice) => choice !== 0) + 1;
      assert.deepEqual(parseSchedule(formatSchedule(choices)), choices.slice(0, end));
    }),
  );
  for (const text of ['', '1', '1:', ':1', '1:0', '2:1,1:1', '1:1,', '99999999:1', '1:-1', '1:1 ']) {
    assert.equal(parseSchedule(text), undefined, text);
  }
});
