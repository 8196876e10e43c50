import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { type AutopilotOptions, openFerry, startAutopilot } from '../../src/index.js';
import { assertContent } from '../ferry/support/content.js';
import { HUGE, LIMIT, refusal, until, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';
import { filled, NODES, OPTIONS, onNode, untilFast } from './support/known-pilot.js';
import { THREAD_ENDS_CASES, threadEnds } from './support/lifecycle-scenes.js';

function mayRaisePriority(): boolean {
  const child = spawn('sleep', ['60']);
  try {
    setPriority(child.pid!, -20);
    return true;
  } catch {
    return false;
  } finally {
    child.kill();
  }
}

test('bad options are refused with their name', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const [options, argument] of [
      [{ policy: 'best' }, 'options.policy'],
      [{ regions: 'some' }, 'options.regions'],
      [{ bytesPerSecond: 0 }, 'options.bytesPerSecond'],
      [{ cpuShare: 2 }, 'options.cpuShare'],
      [{ maxPauseMs: 0 }, 'options.maxPauseMs'],
      [{ maxPauseMs: Number.NaN }, 'options.maxPauseMs'],
      [{ epochMs: 1 }, 'options.epochMs'],
      [{ source: 'guess' }, 'options.source'],
      [{ headroom: 1 }, 'options.headroom'],
      [{ coldMs: 1 }, 'options.coldMs'],
      [{ accessNs: [1] }, 'options.accessNs'],
      [{ accessNs: [1, -1] }, 'options.accessNs[1]'],
      [{ accessNs: 'fast' }, 'options.accessNs'],
      [{ actuators: { swap: true } }, 'options.actuators.swap'],
      [{ actuators: { nodes: 1 } }, 'options.actuators.nodes'],
      [{ actuators: 3 }, 'options.actuators'],
      [{ speed: 1 }, 'options.speed'],
    ] as unknown as [AutopilotOptions, string][]) {
      assert.throws(() => startAutopilot(ferry, options), refusal('EINVAL', argument), argument);
    }
    assert.throws(() => startAutopilot({} as never), refusal('EINVAL', 'ferry'));
  });
});

test('a closed ferry is refused', LIMIT, async () => {
  const ferry = await openFerry();
  await ferry.close();
  assert.throws(() => startAutopilot(ferry), refusal('EBADF'));
});

test('it ends with its ferry, and stopping it twice does nothing', LIMIT, async () => {
  const ferry = await openFerry();
  const { buffer } = filled(ferry);
  const autopilot = startAutopilot(ferry, { epochMs: 10 });
  await until(() => autopilot.report().epochs > 1);
  assert.equal(autopilot.report().state, 'running');
  await ferry.close();
  const report = autopilot.report();
  assert.deepEqual([report.state, report.problem], ['stopped', null]);
  await autopilot.stop();
  await autopilot.stop();
  assert.deepEqual(JSON.parse(JSON.stringify(autopilot.report())), report);
  assertContent(buffer);
});

test(
  'the migration thread has the highest priority while it runs, if the kernel permits that',
  LIMIT,
  async () => {
    // Field 19 of proc_pid_stat(5), behind the name.
    const prioritized = (): number =>
      readdirSync('/proc/self/task').filter((task) => {
        const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16] === '-20';
      }).length;
    await withFerry({}, async (ferry) => {
      filled(ferry);
      const before = prioritized();
      const autopilot = startAutopilot(ferry, { epochMs: 10 });
      await until(() => autopilot.report().epochs > 0);
      const { raisedPriority } = autopilot.report().pauses;
      assert.equal(raisedPriority, mayRaisePriority());
      assert.equal(prioritized(), before + (raisedPriority ? 1 : 0));
      await autopilot.stop();
      assert.equal(prioritized(), before);
    });
  },
);

test('the real heat reaches it: memory that a program uses is seen', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { buffer } = filled(ferry, 4);
    const autopilot = startAutopilot(ferry, { epochMs: 10, actuators: { hugePages: false } });
    const words = new Uint8Array(buffer);
    await until(() => {
      for (let i = 0; i < words.length; i += 4096) words[i] = words[i]!;
      return autopilot.report().source !== null;
    });
    const { source, regions, bytes, actuators, cpuNs } = autopilot.report();
    assert.ok(cpuNs.watching > 0);
    assert.ok(source === 'referenced' || source === 'hint', String(source));
    assert.deepEqual([regions, bytes], [1, 4 * HUGE]);
    assert.equal(actuators.nodes.on, new Set(ferry.nodes.map(({ numaNode }) => numaNode)).size > 1);
    assertContent(buffer);
  });
});

test('regions are added and removed', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const [first, second] = [filled(ferry), filled(ferry)];
    const heat = new KnownHeat();
    for (const { region } of [first, second]) heat.rates.set(region, [0, 1e7]);
    const options = { ...OPTIONS, policy: 'frequency', regions: 'added' } as const;
    const autopilot = launch(ferry, options, heat.watch);
    assert.throws(() => autopilot.add({} as never), refusal('EINVAL', 'region'));
    assert.throws(() => autopilot.remove(1 as never), refusal('EINVAL', 'region'));
    autopilot.add(second.region);
    autopilot.add(second.region);
    await untilFast(autopilot, heat, second.region, [1]);
    assert.deepEqual(await onNode(first.region, 0), []);
    assert.equal(autopilot.report().regions, 1);
    autopilot.remove(second.region);
    heat.rates.set(second.region, [0, 1e7, 1e7]);
    heat.step();
    await until(() => autopilot.report().regions === 0);
    assert.deepEqual(await onNode(second.region, 0), [1]);
    autopilot.add(second.region);
    await untilFast(autopilot, heat, second.region, [1, 2]);
    await first.region.release();
    assert.throws(() => autopilot.add(first.region), refusal('EINVAL', 'region'));
  });
});

threadEnds(THREAD_ENDS_CASES.slice(0, 1));

test('an error of its own ends it with a process warning, or silently', LIMIT, async () => {
  const warnings: string[] = [];
  const listener = ({ message }: Error) => void warnings.push(message);
  process.on('warning', listener);
  try {
    await withFerry({}, async (ferry) => {
      filled(ferry);
      const broken = (): never => {
        throw new TypeError('its own error\nof two lines');
      };
      const problems: string[] = [];
      const silent = launch(ferry, OPTIONS, broken, (problem) => problems.push(problem));
      await until(() => silent.report().state === 'failed');
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(warnings, []);
      assert.deepEqual(problems, [silent.report().problem]);
      const loud = launch(ferry, OPTIONS, broken);
      await until(() => warnings.length > 0);
      assert.match(warnings[0]!, /^the autopilot has ended: .*its own error/);
      assert.equal(loud.report().state, 'failed');
    });
  } finally {
    process.off('warning', listener);
  }
});
