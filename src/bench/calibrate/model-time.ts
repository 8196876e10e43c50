import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { Copiers } from './copiers.js';
import { type CalibrationRow, foliosOf, foliosOfBatch } from './move-sample.js';

const MIB = 2 ** 20;
/** A piece of mtcopy. */
const PIECE_BYTES = 256 * 1024;
/** Batches in flight, the ferry's default. */
const DEPTH = 2;

export type ModelFigures = Pick<HardwareProfile, 'cpu' | 'memory' | 'dma' | 'soft'>;

/** The time of one migration of neighbouring folios on a simulated machine with these figures, in ns. */
export function modelNs(figures: ModelFigures, row: CalibrationRow): number {
  return new ModelRun(figures, row).run();
}

interface ModelBatch {
  readonly job: number;
  readonly folios: number;
  readonly bytes: number;
}

class ModelRun {
  readonly #figures: ModelFigures;
  readonly #row: CalibrationRow;
  readonly #copiers: Copiers;
  readonly #folioNs: number;
  /** MiB that are still cold. */
  #coldMiB: number;

  constructor(figures: ModelFigures, row: CalibrationRow) {
    const { cpu, memory, dma, soft } = figures;
    const { folioPages, migrator, copiers } = row;
    this.#figures = figures;
    this.#row = row;
    this.#folioNs = cpu.folioNs + (folioPages === PMD_PAGES ? cpu.pmdNs : folioPages * cpu.pageNs);
    this.#coldMiB = cpu.coldMiB;
    const offloads = migrator === 'dcbm';
    this.#copiers = new Copiers({
      lanes: offloads ? copiers : Math.min(copiers, cpu.cpus),
      waiterHelps: !offloads,
      laneGBps: (lane) => (offloads ? (lane < dma.nearChannels ? dma.nearGBps : dma.farGBps) : cpu.copyGBps),
      memoryGBps: memory.copyGBps,
      ...(offloads && soft !== undefined && soft.channelCpus > 0 ? { cpus: cpu.cpus } : {}),
    });
  }

  run(): number {
    const { migrator } = this.#row;
    const depth = migrator === 'baseline' ? 1 : DEPTH;
    this.#copiers.advance(this.#figures.cpu.callNs);
    const out: ModelBatch[] = [];
    for (const batch of this.#batches()) {
      out.push(batch);
      this.#unmap(batch);
      if (out.length === depth) this.#map(out.shift()!);
    }
    for (const batch of out) this.#map(batch);
    return this.#copiers.now;
  }

  *#batches(): Generator<ModelBatch> {
    const { folioPages } = this.#row;
    const max = foliosOfBatch(this.#row);
    let left = foliosOf(this.#row);
    for (let job = 0; left > 0; job++) {
      const folios = Math.min(max, left);
      left -= folios;
      yield { job, folios, bytes: folios * folioPages * PAGE_SIZE };
    }
  }

  #unmap({ job, folios, bytes }: ModelBatch): void {
    const { cpu } = this.#figures;
    this.#copiers.advance(folios * this.#folioNs * cpu.unmapShare + cpu.flushNs);
    const { migrator } = this.#row;
    if (migrator === 'mtcopy') this.#cut(job, bytes);
    if (migrator === 'dcbm') this.#submit(job, folios, bytes);
  }

  #cut(job: number, bytes: number): void {
    const { copyCallNs } = this.#figures.cpu;
    for (let done = 0; done < bytes; done += PIECE_BYTES) {
      const piece = Math.min(PIECE_BYTES, bytes - done);
      this.#copiers.share(job, copyCallNs + this.#coldNs(piece), piece);
    }
  }

  #submit(job: number, folios: number, bytes: number): void {
    const { dma } = this.#figures;
    const channels = this.#copiers.idlest().slice(0, folios);
    for (const lane of channels) {
      const share = bytes / channels.length;
      for (let done = 0; done < share; done += dma.maxSegmentBytes) {
        const segment = Math.min(dma.maxSegmentBytes, share - done);
        this.#copiers.give(lane, job, dma.descriptorNs + this.#coldNs(segment), segment);
        this.#copiers.advance(dma.submitNs);
      }
    }
  }

  #map({ job, folios, bytes }: ModelBatch): void {
    const { cpu } = this.#figures;
    if (this.#row.migrator === 'baseline') {
      this.#copiers.advance(folios * cpu.copyCallNs + bytes / cpu.copyGBps + this.#coldNs(bytes));
    } else if (!this.#copiers.ended(job)) {
      this.#copiers.finish(job);
      this.#copiers.advance(cpu.wakeNs);
    }
    this.#copiers.advance(folios * this.#folioNs * (1 - cpu.unmapShare));
  }

  /** The additional time of a copy while the migration is cold. */
  #coldNs(bytes: number): number {
    const cold = Math.min(this.#coldMiB, bytes / MIB);
    this.#coldMiB -= cold;
    return cold * this.#figures.cpu.coldNsPerMiB;
  }
}
