import type { Advice, AutopilotOptions, AutopilotReport, Region } from '../../../src/index.js';
import { startAutopilot } from '../../../src/index.js';
import { POLICY_NAMES } from '../../../src/policy/policies.js';
import type { Arena } from '../arena.js';
import type { WatchSource } from '../protocol.js';
import type { Actor } from '../stage.js';
import { between, oneIn, pick } from '../streams.js';

/** Not `dead`, which gives memory back. */
const ADVICE: readonly Advice[] = ['hot', 'warm', 'cold'];

/** One thing to do while an autopilot runs. */
type Errand =
  | { readonly do: 'look' }
  | { readonly do: 'add' | 'remove'; readonly region: number }
  | { readonly do: 'migrate'; readonly to: number; readonly part: number }
  | { readonly do: 'advise'; readonly advice: Advice; readonly part: number };

/** From the start of an autopilot to its end. */
interface Flight {
  readonly options: AutopilotOptions;
  readonly errands: readonly (Errand & { readonly after: number })[];
  /** Whether the region of its own is adopted anew before. */
  readonly anew: boolean;
}

/**
 * Has one autopilot after the other, over the regions of all actors, which come, go and grow. `arena` is adopted all the time,
 * so that memory can also become dense and cold. No other actor moves it.
 */
export async function pilot(actor: Actor, arena: Arena, sources: readonly WatchSource[]): Promise<void> {
  const { stage, random } = actor;
  let region = stage.ferry.adopt(arena.memory, { node: 1 });
  while (!stage.stopped()) {
    const flight = planFlight(random, sources);
    actor.decided(flight);
    if (flight.anew) {
      await region.release();
      region = stage.ferry.adopt(arena.memory, { node: 1 });
    }
    await fly(actor, region, flight);
  }
  await region.release();
}

function planFlight(random: Actor['random'], sources: readonly WatchSource[]): Flight {
  const errands = Array.from({ length: between(random, 5, 50) }, () => ({
    after: between(random, 1, 500),
    ...planErrand(random),
  }));
  return {
    options: {
      policy: pick(random, POLICY_NAMES),
      actuators: { nodes: true, hugePages: true, pageOut: true },
      regions: oneIn(random, 4) ? 'added' : 'all',
      bytesPerSecond: 2 ** between(random, 22, 34),
      cpuShare: pick(random, [0.05, 0.5, 1]),
      maxPauseMs: pick(random, [0.1, 1, 5, 100]),
      epochMs: pick(random, [10, 20, 50, 200, 1000]),
      source: pick(random, ['auto', ...sources]),
      accessNs: pick(random, [
        [100, 300],
        [100, 10_000],
        [10_000, 100],
      ]),
      headroom: pick(random, [0, 0.02, 0.25]),
      ...(oneIn(random, 4) ? {} : { coldMs: between(random, 1000, 3000) }),
    },
    errands,
    anew: oneIn(random, 4),
  };
}

function planErrand(random: Actor['random']): Errand {
  const part = random(8);
  switch (random(8)) {
    case 0:
      return { do: 'add', region: random(1000) };
    case 1:
      return { do: 'remove', region: random(1000) };
    case 2:
      return { do: 'migrate', to: random(2), part };
    case 3:
      return { do: 'advise', advice: pick(random, ADVICE), part };
    default:
      return { do: 'look' };
  }
}

async function fly(actor: Actor, own: Region, { options, errands }: Flight): Promise<void> {
  const { stage } = actor;
  const autopilot = startAutopilot(stage.ferry, options);
  if (options.regions === 'added') autopilot.add(own);
  const eighth = Math.floor(own.bytes / 8);
  const migrating: Promise<unknown>[] = [];
  let before = autopilot.report();
  for (const errand of errands) {
    await actor.pause(errand.after);
    if (stage.stopped()) break;
    actor.beats++;
    if (errand.do === 'migrate') {
      // A folio that moves already is left out, as it is of any two migrations at once.
      migrating.push(own.migrate({ to: errand.to, offset: errand.part * eighth, length: eighth }));
      stage.count('migrations beside the autopilot');
    } else if (errand.do === 'advise') {
      own.advise(errand.part * eighth, eighth, errand.advice);
    } else if (errand.do !== 'look') {
      const { regions } = stage.ferry;
      autopilot[errand.do](regions[errand.region % regions.length]!);
    }
    const report = autopilot.report();
    check(before, report);
    before = report;
  }
  await Promise.all([...migrating, autopilot.stop()]);
  const last = autopilot.report();
  check(before, last);
  if (last.state !== 'stopped') throw new Error(`an autopilot that was stopped is ${last.state}`);
  stage.count('autopilots');
  stage.count('epochs of autopilots', last.epochs);
  stage.count('batches of autopilots', last.pauses.batches);
  for (const { actuator, bytes } of last.moves) stage.count(`bytes by ${actuator}`, bytes);
  for (const { why, units } of last.refused) stage.count(`units refused to autopilots: ${why}`, units);
}

/** A report counts on from the one before, and has no problem. */
function check(before: AutopilotReport, report: AutopilotReport): void {
  const { problem, epochs, moves, refused, pauses, hitRatio } = report;
  if (problem !== null) throw new Error(`the autopilot has failed: ${problem}`);
  if (epochs < before.epochs || pauses.batches < before.pauses.batches) throw new Error('it counts back');
  if (total(moves) < total(before.moves)) throw new Error('it has moved fewer bytes than before');
  if (refused.some(({ units }) => units < 0)) throw new Error('it has refused less than nothing');
  if (pauses.p999Ns > pauses.maxNs) throw new Error(`p99.9 is ${pauses.p999Ns} ns, max ${pauses.maxNs} ns`);
  if (hitRatio !== null && !(hitRatio >= 0 && hitRatio <= 1)) throw new Error(`hit ratio ${hitRatio}`);
}

function total(moves: AutopilotReport['moves']): number {
  return moves.reduce((sum, { bytes }) => sum + bytes, 0);
}
