/** The process that is tortured. Its parent (torture.ts) watches it, as a thread asleep in a fault cannot. */
import { openSync, writeSync } from 'node:fs';
import { openFerry } from '../../src/index.js';
import { allocate } from './actors/allocator.js';
import { collect, spawnChildren } from './actors/bystanders.js';
import { grow } from './actors/grower.js';
import { move } from './actors/mover.js';
import { pilot } from './actors/pilot.js';
import { type Audit, swap } from './actors/swapper.js';
import { tune } from './actors/tuner.js';
import { watch } from './actors/watcher.js';
import { type Arena, counterArena, countUpdates } from './arena.js';
import { Crew } from './crew.js';
import { processFigures } from './process-figures.js';
import type { Proof, TortureMessage, TortureOptions, WatchSource } from './protocol.js';
import { RECORD_WORDS, readRecord, writeRecord } from './records.js';
import { Actor, newTally, type Stage } from './stage.js';

const MIB = 2 ** 20;
const REPORT_MS = 1000;
const SHOWN = 10;

const options = JSON.parse(process.argv[2]!) as TortureOptions;
const logTo = options.log === undefined ? undefined : openSync(options.log, 'w');
const send = (message: TortureMessage): void => void process.send?.(message);

const { tally, count } = newTally();
const failures: string[] = [];
let stop = false;
const fail = (who: string, error: unknown, decision: string): void => {
  stop = true;
  failures.push(`${who}, after ${decision}: ${error instanceof Error ? error.stack : String(error)}`);
};

// Ejected migrators are part of it, and would be two lines each.
process.removeAllListeners('warning');
process.on('warning', (warning: Error & { code?: string }) => {
  if (warning.code === 'PAGEFERRY_MIGRATOR_EJECTED') count('ejections told');
  else process.stderr.write(`${warning.stack}\n`);
});

/** Of the fast node, with autopilots. It has room for about half of the memory. */
const FAST_BYTES = 48 * MIB;
const NODES = [
  { id: 0, numaNode: 0, capacityBytes: FAST_BYTES },
  { id: 1, numaNode: 0 },
];

/** No actor moves it but the autopilots. */
const piloted = options.autopilot ? counterArena('counters-2', 20 * MIB) : undefined;
const moved = [counterArena('counters-0', 24 * MIB), counterArena('counters-1', 6 * MIB)];
const counters = piloted === undefined ? moved : [...moved, piloted];
const records: Arena = { name: 'records', memory: new SharedArrayBuffer(12 * MIB), content: 'records' };
const given: Arena = { name: 'given', memory: new SharedArrayBuffer(12 * MIB), content: 'given' };
const recordWords = new Int32Array(records.memory);
// 32 MiB: several page tables leave at once.
const ferry = await openFerry({
  batchBytes: 32 * 2 ** 20,
  nodes: options.autopilot ? NODES : 'auto',
});
await ferry.parameters.set('module/pageferry/parameters/copy_timeout_ms', 60);
// Until the tuner says otherwise: what is ejected injects no more.
await ferry.parameters.set('module/pageferry/parameters/max_failures', 1_000_000);
const stage: Stage = {
  ferry,
  arenas: [...moved, records, given],
  seed: options.seed,
  piloted: options.autopilot,
  stopped: () => stop,
  count,
};

for (let i = 0; i < recordWords.length / RECORD_WORDS; i++) writeRecord(recordWords, i, 0);
const crew = new Crew({
  seed: options.seed,
  log: logTo !== undefined,
  counters,
  records,
  given,
  onFailure: (who, error) => fail(who, error, 'what its thread did'),
  onDecided: (who, what) => void (logTo !== undefined && writeSync(logTo, `${who} ${what}\n`)),
  onCounted: count,
});
crew.written.fill(2);

const audit: Audit = { injected: 0, counted: 0, differences: [] };
const parts: (readonly [string, (actor: Actor) => Promise<void>])[] = [
  ...stage.arenas.map((arena) => [`mover-${arena.name}`, (actor: Actor) => move(actor, arena)] as const),
  ['allocator-0', allocate],
  ['allocator-1', allocate],
  ['swapper', (actor) => swap(actor, audit)],
  ['tuner', tune],
  ['spawner', spawnChildren],
  ['collector', collect],
];
// An autopilot watches by the same sources.
if (piloted === undefined) {
  parts.push(...options.sources.map((source) => watching(source)));
} else {
  parts.push(['pilot', (actor) => pilot(actor, piloted, options.sources)], ['grower', grow]);
}
const atWork = new Map<string, Actor>();
const started = performance.now();
const playing = parts.map(async ([name, play]) => {
  const actor = new Actor(name, stage, logTo);
  atWork.set(name, actor);
  try {
    await play(actor);
  } catch (error) {
    fail(name, error, actor.lastDecision);
  } finally {
    atWork.delete(name);
  }
});
let threadsAtWork = true;
const report = (): void => {
  const beats = Object.fromEntries([...atWork].map(([name, { beats }]) => [name, beats]));
  const threads = threadsAtWork ? crew.beats() : {};
  Object.assign(tally, {
    updates: crew.done('writer'),
    'records written': crew.done('scribe'),
    'records checked': crew.done('reader'),
  });
  const figures = processFigures('self')!;
  send({ kind: 'progress', beats: { ...beats, ...threads }, tally, stats: ferry.stats(), figures });
};
const reporting = setInterval(report, REPORT_MS);
while (!stop && performance.now() - started < options.seconds * 1000) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
stop = true;
await Promise.all(playing);
const blocks = await crew.stop();
threadsAtWork = false;
const stats = ferry.stats();
const first = prove();
await ferry.close();
// Once more, as ordinary memory.
const proof = prove();
clearInterval(reporting);
report();
if (JSON.stringify(first) !== JSON.stringify(proof)) failures.push('closing the ferry has changed memory');
if (stats.migrators_ejected !== (tally['ejections told'] ?? 0)) {
  failures.push(`${stats.migrators_ejected} migrators ejected, ${tally['ejections told'] ?? 0} told`);
}
failures.push(...audit.differences.map((each) => `faults injected are not those counted: ${each}`));
send({ kind: 'end', tally, stats, proof, failures });
process.exitCode = failures.length > 0 || proof.damaged.length > 0 ? 1 : 0;
process.disconnect?.();

function watching(source: WatchSource): (typeof parts)[number] {
  return [`watcher-${source}`, (actor) => watch(actor, source)];
}

function prove(): Proof {
  const counted = counters.map((arena, i) =>
    countUpdates(
      arena,
      blocks.map((each) => each[i]!),
    ),
  );
  const damaged = counted.flatMap((each) => each.damaged);
  const scratch = new Int32Array(RECORD_WORDS);
  for (let i = 0; i < crew.written.length; i++) {
    const found = readRecord(recordWords, i, scratch);
    if (found !== crew.written[i])
      damaged.push(`record ${i}: ${found ?? 'half written'}, not ${crew.written[i]}`);
  }
  return {
    updatesMade: counted.reduce((sum, { made }) => sum + made, 0),
    updatesFound: counted.reduce((sum, { found }) => sum + found, 0),
    damaged: damaged.slice(0, SHOWN),
    recordsWritten: crew.done('scribe'),
    recordsChecked: crew.done('reader'),
    faultsAudited: { injected: audit.injected, counted: audit.counted },
  };
}
