/**
 * What a page that looks costs the ferry's process: `npm run page-cost`. While a region is migrated to and fro, started as
 * a page would start it, the stream of ten looks a second is read by a process of its own, and by turns it is not. The CPU
 * time of the owner's thread is the kernel's (schedstat); with the migration thread it is the process's whole share, as what
 * that one records is in the speed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { POOL_SLACK } from '../src/bench/harness/host.js';
import { formatSize } from '../src/common/size.js';
import { summarize } from '../src/common/summary.js';
import type { Dashboard } from '../src/dashboard/dashboard.js';
import { serveDashboard } from '../src/dashboard.js';
import { type Ferry, openFerry } from '../src/index.js';

const ROUNDS = 9;
const SECONDS = 2;
const MIB = 2 ** 20;
const BYTES = 256 * MIB;
const CELLS = [
  { folioSize: 4096, batch: 512, migrator: undefined },
  { folioSize: 4096, batch: 512, migrator: 'dcbm' },
  { folioSize: 4096, batch: 64, migrator: 'dcbm' },
  { folioSize: 2 * MIB, batch: 4096, migrator: 'dcbm' },
] as const;

interface Turn {
  /** Of one core, in percent: the owner's thread. */
  readonly percent: number;
  readonly GBps: number;
}

/** Nanoseconds that the main thread was on a CPU. */
function mainThreadNs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]);
}

async function measure(ferry: Ferry): Promise<Turn> {
  // What has just begun or ended is not what is measured.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [began, cpu, bytes] = [performance.now(), mainThreadNs(), ferry.stats().bytes_moved];
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const ns = (performance.now() - began) * 1e6;
  return {
    percent: ((mainThreadNs() - cpu) / ns) * 100,
    GBps: (ferry.stats().bytes_moved - bytes) / ns,
  };
}

/** A process that reads the stream and does nothing with it. */
async function look({ port, token }: Dashboard): Promise<ChildProcess> {
  const reader = fork(fileURLToPath(import.meta.url), [String(port), token]);
  await once(reader, 'message');
  return reader;
}

async function ask({ port, token }: Dashboard, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/migrations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function cell({ folioSize, batch, migrator }: (typeof CELLS)[number]): Promise<void> {
  const ferry = await openFerry({ poolBytes: BYTES + POOL_SLACK, batchBytes: 16 * 2 ** 20 });
  try {
    if (migrator !== undefined) await ferry.registerMigrator({ name: migrator });
    const buffer = new SharedArrayBuffer(BYTES);
    new Uint8Array(buffer).fill(7);
    const region = ferry.adopt(buffer, { folioSize });
    const dashboard = await serveDashboard(ferry);
    await ask(dashboard, { region: region.id, to: 1, batchBytes: batch * 4096, repeat: true });
    const turns: Record<'alone' | 'looked', Turn[]> = { alone: [], looked: [] };
    let kilobytes = 0;
    for (let i = 0; i < ROUNDS; i++) {
      turns.alone.push(await measure(ferry));
      const reader = await look(dashboard);
      turns.looked.push(await measure(ferry));
      reader.send('end');
      const [received] = (await once(reader, 'message')) as [{ bytes: number; ms: number }];
      kilobytes = received.bytes / received.ms;
      await once(reader, 'exit');
    }
    const percent = (all: readonly Turn[]) => summarize(all.map((turn) => turn.percent));
    const speed = (all: readonly Turn[]) => summarize(all.map(({ GBps }) => GBps)).median;
    const more = summarize(turns.looked.map((turn, i) => turn.percent - turns.alone[i]!.percent));
    console.log(
      `${formatSize(folioSize)}, batches of ${formatSize(batch * 4096)}, ${migrator ?? 'no migrator'}: ` +
        `${percent(turns.alone).median.toFixed(2)} % of a core alone, ${percent(turns.looked).median.toFixed(2)} % looked at: ` +
        `+${more.median.toFixed(2)} (${more.min.toFixed(2)} to ${more.max.toFixed(2)}); ` +
        `${kilobytes.toFixed(0)} kB/s; ${speed(turns.alone).toFixed(2)} and ${speed(turns.looked).toFixed(2)} GB/s`,
    );
  } finally {
    await ferry.close();
  }
}

/** In the process that looks. */
async function read(port: string, token: string): Promise<void> {
  const end = new AbortController();
  const began = performance.now();
  let bytes = 0;
  process.once('message', () => end.abort());
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/live`, {
      headers: { authorization: `Bearer ${token}` },
      signal: end.signal,
    });
    process.send!('looking');
    for await (const chunk of answer.body!) bytes += (chunk as Uint8Array).length;
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
  process.send!({ bytes, ms: performance.now() - began }, () => process.disconnect());
}

const [port, token] = process.argv.slice(2);
if (port !== undefined && token !== undefined) {
  await read(port, token);
} else {
  console.log(`${ROUNDS} rounds of ${SECONDS} s each way, by turns; medians, least and most`);
  for (const one of CELLS) await cell(one);
}
