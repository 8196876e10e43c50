import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, replay } from '../../src/sim/explore/explore.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { type Story, tellStory } from '../../src/sim/explore/story.js';
import { zen3 } from './profiles.js';

const profile = zen3();

async function storiesOf(name: string): Promise<{ broken: Story; real: Story; failure: unknown }> {
  const race = RACES.find((each) => each.name === name)!;
  const scenario = SCENARIOS.find((each) => each.name === race.scenario)!;
  const options = { profile, scenario, parts: race.parts };
  const { failure } = await explore({ ...options, seed: 1, schedules: 1000 });
  const { seed, choices } = failure!;
  const broken = await tellStory({ ...options, seed }, choices);
  const real = await tellStory({ ...options, parts: {}, seed }, choices);
  assert.deepEqual(await replay({ ...options, seed }, choices), failure, 'looking on changes nothing');
  return { broken, real, failure };
}

for (const { name } of RACES) {
  test(`told as it was found: ${name}`, async () => {
    const { broken, real, failure } = await storiesOf(name);
    assert.deepEqual(broken.failure, failure);
    assert.equal(real.failure, undefined);
    assert.deepEqual(
      real.events.flatMap((event) => event.broken),
      [],
      'the real code has no wrong page and no wrong use at any moment',
    );
  });
}

test('steps within steps, and time that only goes forward', async () => {
  const { broken } = await storiesOf('last-descriptor');
  const open: string[] = [];
  let now = 0;
  for (const { kind, task, within, now: at } of broken.events) {
    assert.ok(at >= now);
    now = at;
    if (kind === 'begin') {
      assert.equal(within, open.at(-1));
      open.push(task);
    } else if (kind === 'end') {
      assert.equal(open.pop(), task);
    } else if (kind === 'point') {
      assert.equal(open.at(-1), task);
    }
  }
  assert.deepEqual(open, []);
  assert.equal(broken.events.at(-1)!.kind, 'rest');
});

test('the decisions are those of the schedule', async () => {
  const { broken } = await storiesOf('no-grace-period');
  const told = broken.events.flatMap(({ decision }) => (decision === undefined ? [] : [decision]));
  assert.deepEqual(
    told.map(({ position }) => position),
    told.map((_, i) => i),
  );
  const { choices } = broken.failure!;
  assert.deepEqual(
    told.map(({ chosen }) => chosen),
    choices,
  );
});

test('a page that is mapped before it is copied is wrong from that moment on', async () => {
  const { broken } = await storiesOf('last-descriptor');
  const first = broken.events.findIndex(({ pages }) => pages[0]!.includes('wrong'));
  assert.ok(first > 0);
  assert.ok(broken.events[first]!.broken.length > 0);
  assert.deepEqual(new Set(broken.events[0]!.pages[0]), new Set(['node0']));
});

test('it is said what programs do, and pages are write-protected while they are copied', async () => {
  const { broken } = await storiesOf('protect-unflushed');
  const { events } = broken;
  const writeProtected = events.findIndex(({ pages }) => pages[0]!.includes('write-protected'));
  const lost = events.findIndex((event) => event.broken.length > 0);
  assert.ok(events.slice(0, writeProtected).some(({ point }) => point === 'protect'));
  assert.ok(writeProtected > 0 && writeProtected < lost);
  const page = events[lost]!.pages[0]!.indexOf('wrong');
  const wrote = events.findLastIndex(
    ({ acts, pages }, at) =>
      at < lost && acts.includes(`adds to page ${page}`) && pages[0]![page] === 'write-protected',
  );
  assert.ok(wrote > writeProtected, 'somebody has written to what was write-protected');
});

test('who is neither a migration nor a program says what it does, too', async () => {
  const { broken } = await storiesOf('policy-outside');
  const acts = broken.events.flatMap((event) => event.acts);
  for (const act of ['registers dcbm', 'unregisters dcbm', 'sets the reason mask to none'])
    assert.ok(acts.includes(act), act);
  for (const { kind, acts } of broken.events) assert.ok(acts.length === 0 || kind === 'end');
});

test('of two programs it is said whose page it is', async () => {
  const { broken } = await storiesOf('verification-left-out');
  const acts = broken.events.flatMap((event) => event.acts);
  assert.ok(acts.includes('returns page 15 of program 1'));
  assert.ok(acts.includes('touches page 1 of program 2 again'));
  assert.ok(
    broken.events.some((event) => event.broken.includes('page 15 holds content from before it was dropped')),
  );
});
