import type { BenchHost } from './reports.js';

/** Where figures come from, and what their reader must know. */
export function HostNote({ host, notes }: { readonly host: BenchHost; readonly notes: readonly string[] }) {
  const { cpuModel, cpus, kernel, nodes } = host;
  const emulated = nodes.some((node) => node.emulated) ? '; one node is emulated' : '';
  return (
    <>
      <p class="note">
        {cpuModel}, {cpus} CPUs, {kernel}
        {emulated}
      </p>
      {notes.length > 0 && (
        <ul class="bench-notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}
