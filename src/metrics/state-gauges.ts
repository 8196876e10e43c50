import { Gauge, type Metric } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';

const NUMBER = /^\d+$/;

/** The current state of a ferry: its pools, its migrator, and its parameters with numeric values. */
export function stateGauges(ferry: Pick<Ferry, 'activeMigrator' | 'nodes' | 'parameters'>): Metric[] {
  const pool = (name: string, help: string, bytes: 'bytesPooled' | 'bytesFree') =>
    new Gauge({
      name,
      help,
      labelNames: ['node', 'numa_node', 'emulated'],
      registers: [],
      collect() {
        for (const node of ferry.nodes) {
          const { id, numaNode, emulated } = node;
          const labels = { node: String(id), numa_node: String(numaNode), emulated: String(emulated) };
          this.set(labels, node[bytes]);
        }
      },
    });
  const migrator = new Gauge({
    name: 'pageferry_migrator_active',
    help: '1 for the registered migrator, or for none',
    labelNames: ['migrator'],
    registers: [],
    collect() {
      this.reset();
      this.set({ migrator: ferry.activeMigrator ?? 'none' }, 1);
    },
  });
  const parameter = new Gauge({
    name: 'pageferry_parameter',
    help: 'Parameters whose value is a number, by path: docs/parameters.md',
    labelNames: ['path'],
    registers: [],
    collect() {
      this.reset();
      for (const { path, value } of ferry.parameters.list()) {
        if (NUMBER.test(value)) this.set({ path }, Number(value));
      }
    },
  });
  return [
    pool('pageferry_pool_pooled_bytes', 'Free pages that the pool of the node holds', 'bytesPooled'),
    pool('pageferry_pool_free_bytes', 'Bytes that the node can still receive', 'bytesFree'),
    migrator,
    parameter,
  ] as unknown as Metric[];
}
