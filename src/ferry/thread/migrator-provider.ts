import { PAGE_SIZE } from '../../common/page.js';
import type { DmaDevice } from '../../dmaengine/channel.js';
import { openIdxd } from '../../dmaengine/idxd/open-idxd.js';
import { RecordedDevice } from '../../dmaengine/recorded-device.js';
import { LinearMapper } from '../../dmaengine/scatter-gather.js';
import { SoftDevice } from '../../dmaengine/soft/soft-device.js';
import type { CopyKind } from '../../linux/code/copy.js';
import { libc } from '../../linux/sys/libc.js';
import { LinuxCopyTeam } from '../../linux/team/linux-copy-team.js';
import { CpuMigrator } from '../../migrators/cpu.js';
import { DcbmMigrator } from '../../migrators/dcbm/dcbm.js';
import { ErrorMigrator } from '../../migrators/error/error.js';
import { MtcopyMigrator } from '../../migrators/mtcopy/mtcopy.js';
import type { Migrator } from '../../offload/migrator.js';
import type { Settings } from '../../offload/settings.js';
import { ModuleMigrator } from '../../own-migrators/host.js';
import type { Recorder } from '../../trace/recorder.js';
import type { MigratorMessage } from './protocol.js';

export interface MigratorProviderOptions {
  readonly settings: Settings;
  readonly copy: CopyKind;
  /** Address of frame 0. */
  readonly frameBase: number;
  /** Folios of the largest batch. */
  readonly capacity: number;
  /** Records the work of channels and threads. */
  readonly recorder: Recorder;
}

/**
 * Makes migrators, and keeps their threads and DMA devices when they are unregistered. So a migrator that is registered
 * again is ready at once.
 */
export class MigratorProvider {
  readonly #options: MigratorProviderOptions;
  readonly #timeoutMs: () => number;
  #soft: SoftDevice | undefined;
  #idxd: DmaDevice | undefined;
  #team: LinuxCopyTeam | undefined;

  constructor(options: MigratorProviderOptions) {
    this.#options = options;
    this.#timeoutMs = () => options.settings.get('copy_timeout_ms');
  }

  /** @throws MigrationError ENODEV, EINVAL and others, if the migrator is not available. */
  async make(message: MigratorMessage): Promise<Migrator> {
    const timeoutMs = this.#timeoutMs;
    switch (message.name) {
      case 'cpu':
        return new CpuMigrator();
      case 'mtcopy':
        return this.#mtcopy(message.threads);
      case 'dcbm':
        return this.#dcbm(message.channels, message.device);
      case 'error':
        return new ErrorMigrator(await this.make(message.inner), message.faults, {
          timeoutMs,
          sleep: (ms) => libc().usleep(ms * 1000),
        });
      case 'module': {
        const { copy, frameBase, capacity } = this.#options;
        const { href: module, options } = message;
        return ModuleMigrator.load({ module, options, copy, frameBase, capacity, timeoutMs });
      }
    }
  }

  /** Follows a changed setting. Only while no batch is in flight. */
  async settingsChanged(): Promise<void> {
    await this.#team?.resize(this.#options.settings.get('mtcopy_threads') - 1);
  }

  /** Ends every thread. Resolves when none touches memory any more. */
  async close(): Promise<void> {
    await Promise.all([this.#soft?.close(), this.#idxd?.close(), this.#team?.abandon()]);
  }

  async #mtcopy(threads: number | undefined): Promise<Migrator> {
    const { settings, copy, frameBase, capacity, recorder } = this.#options;
    // Large folios are cut, so there can be more pieces than folios, but never more than pages.
    const record = { events: recorder.ring.buffer, batch: () => (recorder.on ? recorder.batch : 0) };
    this.#team ??= new LinuxCopyTeam({ frameBase, copy, pieces: 2 * capacity, record });
    const team = this.#team;
    await team.resize((threads ?? settings.get('mtcopy_threads')) - 1);
    if (threads !== undefined) settings.set('mtcopy_threads', threads);
    return new MtcopyMigrator({
      team,
      pageBytes: PAGE_SIZE,
      timeoutMs: this.#timeoutMs,
      onAbandoned: () => {
        // Its threads have ended, so the next mtcopy gets another team.
        if (this.#team === team) this.#team = undefined;
      },
    });
  }

  async #dcbm(channels: number | undefined, device: 'soft' | 'idxd'): Promise<Migrator> {
    const { settings, copy, frameBase, recorder } = this.#options;
    let dma: DmaDevice;
    if (device === 'idxd') dma = this.#idxd ??= openIdxd();
    else dma = this.#soft ??= new SoftDevice(copy);
    await dma.prepare(channels ?? settings.get('nr_dma_chan'));
    if (channels !== undefined) settings.set('nr_dma_chan', channels);
    return new DcbmMigrator({
      device: new RecordedDevice(dma, recorder),
      mapper: new LinearMapper(frameBase, PAGE_SIZE),
      pageBytes: PAGE_SIZE,
      channels: () => settings.get('nr_dma_chan'),
      timeoutMs: this.#timeoutMs,
    });
  }
}
