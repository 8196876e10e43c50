import type { DashboardFerry } from '../../../src/dashboard/dashboard-host.js';
import { ferryParameters } from '../../../src/ferry/ferry-parameters.js';
import { MigrateStats } from '../../../src/mm/stats.js';
import { EventRing } from '../../../src/trace/event-ring.js';
import { RingReader } from '../../../src/trace/ring-reader.js';
import { FakeParameterHost } from '../../ferry/support/fake-parameter-host.js';

/** As much of a ferry as its page needs, on hosts that cannot migrate too. */
export class FakeFerry implements DashboardFerry {
  readonly host = new FakeParameterHost();
  readonly parameters = ferryParameters(this.host);
  readonly ring = new EventRing();
  readonly counters = new MigrateStats();
  readonly capabilities = {
    kernelFaults: true,
    writeProtection: true,
    hugePages: true,
    pageTables: true,
    mappingEvents: true,
  };
  readonly batchBytes = 2 ** 21;
  readonly nodeIds = [0, 1];
  readonly regions = [];
  activeMigrator: string | undefined;

  readonly nodes = this.nodeIds.map((id) => ({
    id,
    numaNode: 0,
    emulated: id === 1,
    bytesPooled: 0,
    bytesFree: Number.POSITIVE_INFINITY,
  }));

  stats() {
    return this.counters.toObject();
  }

  events(): RingReader {
    return new RingReader(this.ring);
  }

  watchEvents(): RingReader {
    return new RingReader(this.ring);
  }

  async registerMigrator(option: Parameters<DashboardFerry['registerMigrator']>[0]): Promise<string> {
    this.activeMigrator = 'name' in option ? option.name : 'module';
    return this.activeMigrator;
  }

  async unregisterMigrator(): Promise<void> {
    this.activeMigrator = undefined;
  }
}
