import { emulationNote, type Host } from '../../bench/harness/host.js';
import { formatSize } from '../../common/size.js';
import type { Origin } from '../../report/sheet.js';
import { VERSION } from './version.js';

/** Characters without a meaning to a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** The origin of new figures: this command, and its host or profile. */
export function originOf({ host, profile }: { readonly host?: Host; readonly profile?: unknown }): Origin {
  return {
    commandLine: commandLine(process.argv.slice(2)),
    date: new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC'),
    facts: [
      // A name is the simulated profile. The report of calibrate has a whole profile of this host.
      ...(typeof profile === 'string'
        ? [['profile', `${profile}, a simulated machine in virtual time`] as const]
        : []),
      ...(host === undefined ? [] : factsOf(host)),
      ['pageferry', VERSION],
      ...(host === undefined ? [['Node', process.version] as const] : []),
    ],
  };
}

/** A command line for a shell. */
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
