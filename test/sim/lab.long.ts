import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPolicy } from '../../src/policy/policies.js';
import { breakeven } from '../../src/sim/experiments/breakeven.js';
import { runCompaction } from '../../src/sim/experiments/compaction.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { LabHost } from '../../src/sim/lab/lab-host.js';
import type { LabEvent, LabRequest } from '../../src/sim/lab/lab-protocol.js';
import { SURFACE_FOLIOS, surfaceCells, surfaceRows } from '../../src/sim/lab/surface-plan.js';
import {
  ZONE_FREE,
  ZONE_HUGE,
  ZONE_MOVED,
  ZONE_PAGE,
  type ZoneFrame,
} from '../../src/sim/lab/zone-session.js';
import { BASELINES, runBaseline } from '../../src/sim/tiering/baselines.js';
import { runPolicy } from '../../src/sim/tiering/tiering.js';
import { TIERING_DEFAULTS } from '../../src/sim/tiering/tiering-options.js';
import { sampled } from '../deep.js';
import { zen3 } from './profiles.js';
import { costsOf, settingsOf, tiers, tiersJson } from './tiering/machine.js';

const profile = zen3();

async function eventsOf(request: LabRequest, host = new LabHost()): Promise<LabEvent[]> {
  const events: LabEvent[] = [];
  // What is told has to go from thread to thread.
  await host.run(structuredClone(request), (event) => events.push(structuredClone(event)));
  return events;
}

const SURFACE = { profile, migrator: 'dcbm', channels: 2, bytes: 2 ** 22 } as const;

for (const axis of ['channels', 'batch'] as const) {
  test(`a surface over ${axis} has a cell for every row and folio size, each as runMove has it`, async () => {
    const rows = surfaceRows({ ...SURFACE, axis });
    const cells = surfaceCells(rows, SURFACE.bytes);
    const settings = { profile, seed: 3, words: 4 };
    const events = await eventsOf({ kind: 'surface', cells, settings });
    assert.equal(events.length, rows.length * SURFACE_FOLIOS.length);
    for (const event of events) {
      assert.ok(event.kind === 'cell');
      const { cell, batchPages } = event.cell;
      assert.deepEqual(
        event.figures,
        runMove(cell, { ...settings, ...(batchPages === undefined ? {} : { batchPages }) }),
      );
      assert.equal(event.figures.wrongPages, 0);
    }
  });
}

test('a write-protected surface has every cell so, the baseline too', async () => {
  const rows = surfaceRows({ ...SURFACE, axis: 'channels' });
  const cells = surfaceCells(rows, SURFACE.bytes, 'write-protected');
  const settings = { profile, seed: 3, words: 4, cutoverPages: 16 };
  const events = await eventsOf({ kind: 'surface', cells, settings });
  for (const event of events) {
    assert.ok(event.kind === 'cell');
    assert.equal(event.figures.copyMode, 'write-protected');
    assert.deepEqual(event.figures, runMove({ ...event.cell.cell, copyMode: 'write-protected' }, settings));
    assert.ok(event.figures.readerWaitNs < event.figures.writerWaitNs);
  }
});

test('a machine with few channels has few rows', () => {
  const small = zen3({ channels: 3 });
  const rows = surfaceRows({ ...SURFACE, profile: small, axis: 'channels' });
  assert.deepEqual(
    rows.map(({ label }) => label),
    ['baseline', '1 ch', '2 ch'],
  );
});

test('break-even points are those of breakeven, and the caller comes last', async () => {
  const settings = {
    profile,
    seed: 1,
    reason: 'compaction',
    migrator: 'dcbm',
    channels: 1,
    threads: 2,
    maxBytes: 2 ** 22,
  } as const;
  const folios = [65_536, 2 ** 21];
  const events = await eventsOf({ kind: 'breakeven', folios, settings });
  assert.deepEqual(
    events.slice(0, 2),
    folios.map((folio) => ({ kind: 'breakeven', row: breakeven(folio, settings) })),
  );
  const third = events[2]!;
  assert.ok(third.kind === 'caller' && third.caller?.folios === 32);
});

function counts({ picture }: ZoneFrame): Record<number, number> {
  const found: Record<number, number> = {};
  for (const state of picture) found[state] = (found[state] ?? 0) + 1;
  return found;
}

for (const stride of sampled([1, 7, 1000], 2)) {
  test(`a zone shown ${stride} steps at a time comes to what runCompaction comes to`, async () => {
    const cell = { migrator: 'dcbm', channels: 2, hogs: 1 } as const;
    const settings = { profile, seed: 1, hugePages: 4, cluster: 32 };
    const host = new LabHost();
    const frames: ZoneFrame[] = [];
    const take = ([event]: LabEvent[]): ZoneFrame => {
      assert.ok(event?.kind === 'zone');
      frames.push(event.frame);
      return event.frame;
    };
    let frame = take(await eventsOf({ kind: 'zone', cell, settings }, host));
    assert.deepEqual(counts(frame), { [ZONE_FREE]: 12 * 512 });
    while (frame.figures === null) frame = take(await eventsOf({ kind: 'advance', steps: stride }, host));
    assert.deepEqual(frame.figures, runCompaction(cell, settings));
    assert.equal(frame.phase, 'done');
    const last = counts(frame);
    assert.equal(last[ZONE_HUGE], 4 * 512);
    assert.equal(last[ZONE_MOVED], frame.figures.migrated);
    assert.equal(last[ZONE_PAGE]! + last[ZONE_MOVED]!, (12 * 512) / 2);
    if (stride > 1) return;
    assert.deepEqual(
      new Set(frames.map(({ phase }) => phase)),
      new Set(['filling', 'freeing', 'compacting', 'done']),
    );
    assert.deepEqual(counts(frames[12]!), { [ZONE_PAGE]: 12 * 512 });
    assert.deepEqual(counts(frames[24]!), { [ZONE_PAGE]: 6 * 512, [ZONE_FREE]: 6 * 512 });
  });
}

test('after its end a zone stays as it is', async () => {
  const host = new LabHost();
  const settings = { profile, seed: 1, hugePages: 1, cluster: 32 };
  await eventsOf({ kind: 'zone', cell: { migrator: 'baseline', hogs: 0 }, settings }, host);
  const end = await eventsOf({ kind: 'advance', steps: 1e6 }, host);
  assert.deepEqual(await eventsOf({ kind: 'advance', steps: 1 }, host), end);
});

test('a zone that is larger than a node is refused', async () => {
  const settings = { profile, seed: 1, hugePages: 2 ** 20, cluster: 32 };
  const small = { ...profile, memory: { ...profile.memory, nodePages: 4096 } };
  await assert.rejects(
    eventsOf({
      kind: 'zone',
      cell: { migrator: 'baseline', hogs: 0 },
      settings: { ...settings, profile: small },
    }),
    { code: 'EINVAL', argument: 'hugePages' },
  );
});

test('tiering has the four baselines and then each policy, as the functions of the command have them', async () => {
  const memory = 2 ** 26;
  const setup = { ...TIERING_DEFAULTS.setup, batchBytes: 2 ** 18 };
  const request = {
    machine: tiersJson('skylake-2s'),
    costs: profile,
    setup,
    program: 'chase',
    memory,
  } as const;
  const options = { ...TIERING_DEFAULTS, fast: 10, seconds: 3 };
  const events = await eventsOf({ kind: 'tiering', ...request, policies: ['auto', 'balance'], options });
  const machine = tiers('skylake-2s');
  const settings = settingsOf('chase', {
    machine,
    bytes: memory,
    costs: costsOf(setup, machine),
    fastPart: 0.1,
    lengthMs: 3000,
  });
  assert.deepEqual(events, [
    ...BASELINES.map((placement) => ({
      kind: 'placed',
      placement,
      figures: runBaseline(placement, settings),
    })),
    ...(['auto', 'balance'] as const).map((placement) => ({
      kind: 'placed',
      placement,
      figures: runPolicy(createPolicy(placement), settings),
    })),
  ]);
});

test('tiering on nodes that are none is refused', async () => {
  const request = { machine: {}, costs: profile, setup: TIERING_DEFAULTS.setup, program: 'chase' } as const;
  await assert.rejects(
    eventsOf({ kind: 'tiering', ...request, memory: 2 ** 26, policies: [], options: TIERING_DEFAULTS }),
    { code: 'EINVAL', argument: 'schema' },
  );
});

for (const { name } of RACES) {
  test(`a race is searched for, and told beside the real code: ${name}`, async () => {
    const events = await eventsOf({ kind: 'race', race: name, profile, seed: 1, schedules: 1000 });
    const found = events.at(-1)!;
    assert.ok(found.kind === 'race' && found.broken !== null && found.real !== null);
    assert.ok(found.broken.failure!.violations.length > 0);
    assert.equal(found.real.failure, undefined);
  });
}
