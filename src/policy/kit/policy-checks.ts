import { seededRandom } from '../../common/random.js';
import { NO_NODE, type Policy } from '../policy.js';
import { PushedMoves } from '../pushed-moves.js';
import { type Move, Scene } from './scene.js';

/**
 * Makes a policy, for each check a new one.
 *
 * @see {@link policyChecks} for an example
 */
export type PolicyFactory = () => Policy | Promise<Policy>;

/**
 * `idle`: the policy moved nothing, which is permitted, but nothing was tested.
 *
 * @see {@link policyChecks} for an example
 */
export type PolicyCheckOutcome = 'passed' | 'idle';

/**
 * A rule of the contract of a policy, and the check of it.
 *
 * @see {@link policyChecks} for an example
 */
export interface PolicyCheck {
  /** The rule. */
  readonly name: string;
  /** Checks it. Rejects with the reason if the policy breaks it. */
  run(): Promise<PolicyCheckOutcome>;
}

/** The same scenes for each policy. */
const SEEDS = [1, 2, 3, 4] as const;

/**
 * The contract of a policy, in code. pageferry's own policies pass it, too.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { policyChecks } from 'pageferry/policy';
 *
 * const createPolicy = () => ({ name: 'none', decide() {} });
 * for (const { name, run } of policyChecks(createPolicy)) test(name, async () => void (await run()));
 * ```
 */
export function policyChecks(create: PolicyFactory): readonly PolicyCheck[] {
  return [
    ...SEEDS.map((seed) => ({
      name: `lists with random heat, rooms and budgets keep every duty (seed ${seed})`,
      async run(): Promise<PolicyCheckOutcome> {
        const random = seededRandom(seed);
        let moved = 0;
        for (let round = 0; round < 20; round++) {
          const policy = await create();
          const scene = randomScene(random);
          for (let epoch = 0; epoch < 12; epoch++) {
            shake(scene, random);
            moved += scene.epoch(policy).length;
          }
        }
        return outcome(moved);
      },
    })),
    {
      name: 'the same input gives the same list',
      async run() {
        const first = await shakenRun(await create());
        const second = await shakenRun(await create());
        if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error('the lists differ');
        return outcome(first.length);
      },
    },
    {
      name: 'an input is left as it was',
      async run() {
        const scene = hotOnTheSlowNode();
        const policy = await create();
        let moved = 0;
        for (let epoch = 0; epoch < 5; epoch++) {
          const { heat, nodeOf } = scene;
          const before = bytesOf({ ...heat, nodeOf });
          const moves = new PushedMoves(nodeOf.length);
          policy.decide(scene.input(), moves);
          moved += moves.length;
          const after = bytesOf({ ...heat, nodeOf });
          const changed = [...before.keys()].find((name) => before.get(name) !== after.get(name));
          if (changed !== undefined) throw new Error(`${changed} was changed`);
          (heat as { atMs: number }).atMs += 100;
        }
        return outcome(moved);
      },
    },
    {
      name: 'it reads no clock and no random numbers',
      async run() {
        const scene = hotOnTheSlowNode();
        const policy = await create();
        return outcome(withoutClocks(() => scene.epochs(policy, 20)).length);
      },
    },
    {
      name: 'memory of which nothing is known is not promoted',
      async run() {
        const scene = new Scene({ units: 32, room: [16, 32] });
        for (let unit = 0; unit < 32; unit++) scene.rate(unit, Number.NaN);
        scene.epochs(await create(), 10);
        return 'passed';
      },
    },
    {
      name: 'a budget of 0 moves nothing',
      async run() {
        const scene = hotOnTheSlowNode();
        scene.maxUnits = 0;
        scene.epochs(await create(), 10);
        return 'passed';
      },
    },
    {
      name: 'memory that grows and shrinks',
      async run() {
        const policy = await create();
        let moved = 0;
        for (const units of [8, 64, 3, 128]) {
          const scene = new Scene({ units, room: [4, 200] });
          for (let unit = 0; unit < units; unit++) scene.rate(unit, unit % 3 === 0 ? 1e6 : 0);
          moved += scene.epochs(policy, 6).length;
        }
        return outcome(moved);
      },
    },
    {
      name: 'a slow node that is full takes no demotions',
      async run() {
        const scene = new Scene({ units: 32, room: [16, 16] });
        for (let unit = 0; unit < 32; unit++) scene.rate(unit, unit >= 16 ? 1e6 : 0);
        scene.epochs(await create(), 20);
        return 'passed';
      },
    },
  ];
}

function outcome(moved: number): PolicyCheckOutcome {
  return moved > 0 ? 'passed' : 'idle';
}

async function shakenRun(policy: Policy): Promise<Move[]> {
  const random = seededRandom(7);
  const scene = randomScene(random);
  return Array.from({ length: 20 }, () => {
    shake(scene, random);
    return scene.epoch(policy);
  }).flat();
}

/** Each field of an input as text, so that NaN is equal to NaN. */
function bytesOf(input: Readonly<Record<string, unknown>>): Map<string, string> {
  return new Map(
    Object.entries(input).map(([name, value]) => [
      name,
      ArrayBuffer.isView(value) ? (value as Uint8Array).join() : String(value),
    ]),
  );
}

/** Calls a function while the clocks and the random numbers of JavaScript throw. */
function withoutClocks<T>(run: () => T): T {
  const clocks = [
    [Date, 'now'],
    [performance, 'now'],
    [process, 'hrtime'],
    [Math, 'random'],
  ] as const;
  const before = clocks.map(([object, name]) => Object.getOwnPropertyDescriptor(object, name));
  for (const [object, name] of clocks) {
    const value = (): never => {
      throw new Error(`it calls ${name}`);
    };
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
  }
  try {
    return run();
  } finally {
    for (const [i, [object, name]] of clocks.entries()) {
      const descriptor = before[i];
      if (descriptor === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, descriptor);
    }
  }
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
export function hotOnTheSlowNode(): Scene {
  const scene = new Scene({ units: 64, room: [16, 64], headroom: 2 });
  for (let unit = 0; unit < 64; unit++) scene.rate(unit, unit >= 56 ? 1e6 : 0);
  return scene;
}
