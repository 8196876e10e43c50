import { Counter, type Metric } from 'prom-client';
import { reportsOf } from '../autopilot/autopilots-of.js';

/** The counters of a ferry's autopilots, all together: docs/autopilot.md describes each. */
export function autopilotCounters(ferry: object): Metric[] {
  const moved = new Counter({
    name: 'pageferry_autopilot_moved_bytes_total',
    help: 'Bytes that an autopilot has moved, by actuator, policy, reason, and nodes',
    labelNames: ['actuator', 'policy', 'reason', 'from', 'to'],
    registers: [],
    collect() {
      this.reset();
      for (const { actuator, policy, reason, from, to, bytes } of reportsOf(ferry).flatMap(
        ({ moves }) => moves,
      )) {
        const labels = { reason: reason ?? 'none', from: String(from ?? 'none'), to: String(to ?? 'none') };
        this.inc({ actuator, policy, ...labels }, bytes);
      }
    },
  });
  const refused = new Counter({
    name: 'pageferry_autopilot_refused_units_total',
    help: 'Units of 2 MiB that an autopilot has not moved, by actuator and cause',
    labelNames: ['actuator', 'why'],
    registers: [],
    collect() {
      this.reset();
      for (const { actuator, why, units } of reportsOf(ferry).flatMap(({ refused: all }) => all)) {
        this.inc({ actuator, why }, units);
      }
    },
  });
  const pingPongs = new Counter({
    name: 'pageferry_autopilot_ping_pong_bytes_total',
    help: 'Bytes that an autopilot has moved back within a second',
    registers: [],
    collect() {
      this.reset();
      for (const report of reportsOf(ferry)) this.inc(report.pingPongs.bytes);
    },
  });
  const cpu = new Counter({
    name: 'pageferry_autopilot_cpu_seconds_total',
    help: 'CPU time of autopilots, by task',
    labelNames: ['task'],
    registers: [],
    collect() {
      this.reset();
      for (const { cpuNs } of reportsOf(ferry)) {
        this.inc({ task: 'watching' }, cpuNs.watching * 1e-9);
        this.inc({ task: 'moving' }, cpuNs.moving * 1e-9);
      }
    },
  });
  return [moved, refused, pingPongs, cpu] as unknown as Metric[];
}
