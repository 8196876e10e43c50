/**
 * What the copy offload costs beside the copy, in ns of JavaScript per 4K folio: gather, start, finish and settle of one
 * contiguous batch, over a machine, a team and a device that copy nothing: `npm run offload-cost`.
 */

import { PAGE_SIZE } from '../src/common/page.js';
import { summarize } from '../src/common/summary.js';
import { DMA_COMPLETE, type DmaChannel, type DmaClient, type DmaDevice } from '../src/dmaengine/channel.js';
import { LinearMapper } from '../src/dmaengine/scatter-gather.js';
import { DcbmMigrator } from '../src/migrators/dcbm/dcbm.js';
import { MtcopyMigrator } from '../src/migrators/mtcopy/mtcopy.js';
import { Batch } from '../src/mm/pipeline/batch.js';
import { FolioList } from '../src/mm/pipeline/folio-list.js';
import { FOLIO_UNMAPPED } from '../src/mm/pipeline/folio-state.js';
import type { CopyTeam } from '../src/mm/ports/copy-team.js';
import type { Machine } from '../src/mm/ports/machine.js';
import { MigrateStats } from '../src/mm/stats.js';
import { BatchCopy } from '../src/offload/batch-copy.js';
import type { Migrator } from '../src/offload/migrator.js';
import { MigratorRegistry } from '../src/offload/registry.js';

const ROUNDS = 2000;
const WARM_UP = 500;

/** Says that everything was copied. */
const team: CopyTeam = {
  helpers: 1,
  open: () => 0,
  add: () => true,
  start: () => undefined,
  finish: () => true,
  result: () => 1,
  close: () => undefined,
  resize: async () => undefined,
  abandon: async () => undefined,
};

/** One channel, whose descriptors have ended as soon as somebody waits. */
class IdleDevice implements DmaDevice {
  readonly name = 'idle';
  readonly channels = 1;
  #given = false;

  async prepare(): Promise<void> {}

  requestChannel(client: DmaClient): DmaChannel | undefined {
    if (this.#given) return undefined;
    this.#given = true;
    const sizes: number[] = [];
    const channel: DmaChannel = {
      name: 'idle0',
      capacity: 16384,
      maxBytes: 2 ** 40,
      alive: true,
      get inFlight() {
        return sizes.length;
      },
      prepMemcpy: (_dst, _src, bytes) => sizes.push(bytes) - 1,
      submit: () => undefined,
      discard: () => undefined,
      issuePending: () => undefined,
      poll: () => {
        const ended = sizes.length;
        for (let cookie = 0; cookie < ended; cookie++) {
          client.completed(channel, cookie, DMA_COMPLETE, sizes[cookie]!);
        }
        sizes.length = 0;
        return ended;
      },
      wait: () => channel.poll(),
      terminate: async () => undefined,
    };
    return channel;
  }

  releaseChannel(): void {}

  async close(): Promise<void> {}
}

/** The one question that the offload asks a machine when nothing goes wrong. */
const machine = { supportsBatchCopy: () => true, supportsBatchCopyRun: () => true } as unknown as Machine;

function unmappedRun(folios: number, whole: boolean): Batch {
  const batch = new Batch(0, folios);
  const list = new FolioList(folios);
  for (let i = 0; i < folios; i++) list.push(i, 0);
  batch.refill(list, 0, folios);
  for (let i = 0; i < folios; i++) {
    batch.src[i] = i;
    batch.dst[i] = folios + i;
  }
  batch.state.fill(FOLIO_UNMAPPED);
  if (whole) batch.unmappedWhole();
  return batch;
}

/** Medians of the two halves, in ns per folio. */
function measure(migrator: Migrator, batch: Batch): { readonly start: number; readonly finish: number } {
  const registry = new MigratorRegistry();
  registry.register(migrator);
  const session = new BatchCopy(registry, machine);
  const stats = new MigrateStats();
  const starts: number[] = [];
  const finishes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    batch.copied.fill(0);
    session.begin('syscall');
    const began = performance.now();
    session.start(batch, stats);
    const started = performance.now();
    session.finish(batch, stats);
    const ended = performance.now();
    session.end();
    if (batch.copied.includes(0)) throw new Error('a folio was not marked');
    if (round < WARM_UP) continue;
    starts.push(((started - began) * 1e6) / batch.length);
    finishes.push(((ended - started) * 1e6) / batch.length);
  }
  return { start: summarize(starts).median, finish: summarize(finishes).median };
}

console.log('ns per 4K folio of one contiguous batch: gather and start, finish and settle, together');
for (const folios of [512, 2048, 8192]) {
  for (const whole of [true, false]) {
    for (const name of ['mtcopy', 'dcbm'] as const) {
      const migrator =
        name === 'mtcopy'
          ? new MtcopyMigrator({ team, pageBytes: PAGE_SIZE, timeoutMs: () => 10_000 })
          : new DcbmMigrator({
              device: new IdleDevice(),
              mapper: new LinearMapper(0, PAGE_SIZE),
              pageBytes: PAGE_SIZE,
              channels: () => 1,
              timeoutMs: () => 10_000,
            });
      const { start, finish } = measure(migrator, unmappedRun(folios, whole));
      const figures = [start, finish, start + finish].map((ns) => ns.toFixed(2).padStart(7)).join('');
      const known = whole ? 'known to be a run' : 'found to be a run';
      console.log(`${String(folios).padStart(5)} folios  ${known}  ${name.padEnd(6)} ${figures}`);
    }
  }
}
