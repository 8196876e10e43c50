import { Counter, type Metric } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';
import { FALLBACK_CAUSES } from '../mm/fallback-cause.js';
import { FALLBACK_COUNTERS, MIGRATE_STATS, type MigrateStat } from '../mm/stats.js';

/** Counters with the names and meanings of counters in /proc/vmstat. */
const VMSTAT = /^(?:pg|thp_)migrat/;

/** Aliases of other counters (`nr_…`), and counters that become a label (`fallbacks_…`). */
const LEFT_OUT = /^(?:nr_|fallbacks)/;

/** The name of a counter by Prometheus's rules: prefix, name, base unit, `_total`. */
export function counterName(stat: MigrateStat): string {
  const named = stat.replace(/_ns$/, '_seconds').replace(/bytes_moved$/, 'moved_bytes');
  return `pageferry_${named}_total`;
}

/** Every counter of `ferry.stats()`. docs/counters.md describes each. */
export function statCounters(ferry: Pick<Ferry, 'stats'>): Metric[] {
  const counters: Metric[] = MIGRATE_STATS.filter((stat) => !LEFT_OUT.test(stat)).map((stat) => {
    const scale = stat.endsWith('_ns') ? 1e-9 : 1;
    return new Counter({
      name: counterName(stat),
      help: helpFor(stat),
      registers: [],
      collect() {
        this.reset();
        this.inc(ferry.stats()[stat] * scale);
      },
    });
  });
  const fallbacks = new Counter({
    name: 'pageferry_fallbacks_total',
    help: 'Folios that a migrator received and did not copy, by cause',
    labelNames: ['cause'],
    registers: [],
    collect() {
      this.reset();
      const stats = ferry.stats();
      for (const cause of FALLBACK_CAUSES) this.inc({ cause }, stats[FALLBACK_COUNTERS[cause]]);
    },
  });
  return [...counters, fallbacks as unknown as Metric];
}

function helpFor(stat: MigrateStat): string {
  if (VMSTAT.test(stat)) return `As ${stat} of /proc/vmstat, of this ferry's migrations`;
  return `${stat} of ferry.stats()`;
}
