import { emulationNote, type Host } from '../../bench/harness/host.js';
import { formatSize } from '../../common/size.js';
import type { Origin } from '../../report/sheet.js';
import { VERSION } from './version.js';

/** Characters that mean nothing to a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Where figures come from that are written now: this command, on that host or with that profile. */
export function originOf({ host, profile }: { readonly host?: Host; readonly profile?: unknown }): Origin {
  return {
    commandLine: commandLine(process.argv.slice(2)),
    date: new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC'),
    facts: [
      // One that is named is what was simulated; calibrate writes a whole one of this host.
      ...(typeof profile === 'string'
        ? [['profile', `${profile}, a simulated machine in virtual time`] as const]
        : []),
      ...(host === undefined ? [] : factsOf(host)),
      ['pageferry', VERSION],
      ...(host === undefined ? [['Node', process.version] as const] : []),
    ],
  };
}

/** As it can be pasted into a shell. */
export function commandLine(args: readonly string[]): string {
  const quoted = args.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return ['pageferry', ...quoted].join(' ');
}

function factsOf(host: Host): (readonly [string, string])[] {
  const emulation = emulationNote(host);
  return [
    ['processor', `${host.cpuModel}, ${host.cpus} CPUs, ${host.arch}`],
    ['memory', formatSize(host.memoryBytes)],
    ['nodes', emulation ?? `${host.nodes.length} NUMA nodes`],
    ['kernel', host.kernel],
    ['Node', host.nodeVersion],
  ];
}
