import { Counter, type Registry } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';
import { FALLBACK_CAUSES } from '../mm/fallback-cause.js';
import { FALLBACK_COUNTERS, MIGRATE_STATS, type MigrateStat } from '../mm/stats.js';

/** Under these names the kernel has them in /proc/vmstat; so have we. */
const VMSTAT: readonly MigrateStat[] = [
  'pgmigrate_success',
  'pgmigrate_fail',
  'thp_migration_success',
  'thp_migration_fail',
  'thp_migration_split',
];

/** The same figures by another name (`nr_…`), or with a label instead (`fallbacks_…`). */
const LEFT_OUT = /^(?:nr_|fallbacks)/;

/** The name of a counter as Prometheus has it. */
export function counterName(stat: MigrateStat): string {
  if (VMSTAT.includes(stat)) return stat;
  return stat.endsWith('_ns')
    ? `pageferry_${stat.slice(0, -'_ns'.length)}_seconds_total`
    : `pageferry_${stat}_total`;
}

/** Every counter of `ferry.stats()` in its place; what each is, docs/counters.md says. */
export function addStatCounters(registry: Registry, ferry: Pick<Ferry, 'stats'>): void {
  for (const stat of MIGRATE_STATS) {
    if (LEFT_OUT.test(stat)) continue;
    const scale = stat.endsWith('_ns') ? 1e-9 : 1;
    new Counter({
      name: counterName(stat),
      help: helpFor(stat),
      registers: [registry],
      collect() {
        this.reset();
        this.inc(ferry.stats()[stat] * scale);
      },
    });
  }
  new Counter({
    name: 'pageferry_fallbacks_total',
    help: 'Folios that a migrator received and did not copy, by cause',
    labelNames: ['cause'],
    registers: [registry],
    collect() {
      this.reset();
      const stats = ferry.stats();
      for (const cause of FALLBACK_CAUSES) this.inc({ cause }, stats[FALLBACK_COUNTERS[cause]]);
    },
  });
}

function helpFor(stat: MigrateStat): string {
  if (VMSTAT.includes(stat)) return `As ${stat} of /proc/vmstat, of this ferry's migrations`;
  return `${stat} of ferry.stats()`;
}
