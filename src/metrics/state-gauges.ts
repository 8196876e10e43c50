import { Gauge, type Registry } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';

const NUMBER = /^\d+$/;

/** What a ferry is like now: its pools, its migrator, its parameters as far as they are numbers. */
export function addStateGauges(
  registry: Registry,
  ferry: Pick<Ferry, 'activeMigrator' | 'nodes' | 'parameters'>,
): void {
  const registers = [registry];
  const labelNames = ['node', 'numa_node', 'emulated'] as const;
  const pool = (name: string, help: string, bytes: 'bytesPooled' | 'bytesFree'): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const node of ferry.nodes) {
          const { id, numaNode, emulated } = node;
          const labels = { node: String(id), numa_node: String(numaNode), emulated: String(emulated) };
          this.set(labels, node[bytes]);
        }
      },
    });
  };
  pool('pageferry_pool_pooled_bytes', 'Free pages that the pool of the node holds', 'bytesPooled');
  pool('pageferry_pool_free_bytes', 'Bytes that the node can still receive', 'bytesFree');
  new Gauge({
    name: 'pageferry_migrator_active',
    help: '1 for the registered migrator, or for none',
    labelNames: ['migrator'],
    registers,
    collect() {
      this.reset();
      this.set({ migrator: ferry.activeMigrator ?? 'none' }, 1);
    },
  });
  new Gauge({
    name: 'pageferry_parameter',
    help: 'Parameters whose value is a number, by path: docs/parameters.md',
    labelNames: ['path'],
    registers,
    collect() {
      this.reset();
      for (const { path, value } of ferry.parameters.list()) {
        if (NUMBER.test(value)) this.set({ path }, Number(value));
      }
    },
  });
}
