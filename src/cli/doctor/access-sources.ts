import { HostMarks } from '../../linux/accessed/host-marks.js';
import type { Check } from './check.js';

/** The sources that `auto` takes. */
const AUTOMATIC = ['referenced', 'hint'];

/**
 * Which access sources this process has on this host (`region.heat`), and what each of the others lacks. Migration needs
 * none. So it is only a limitation if heat has none that needs no privilege.
 */
export function checkAccessSources(): Check {
  const probes = HostMarks.probes();
  const has = probes.filter(({ problem }) => problem === undefined).map(({ name }) => name);
  const lacking = probes.filter(({ problem }) => problem !== undefined);
  const check = {
    id: 'access sources',
    found: has.join(', ') || 'none',
    lines: lacking.map(({ name, problem }) => `Not ${name}: ${problem}.`),
    details: { sources: probes.map(({ problem, ...probe }) => ({ ...probe, problem: problem ?? null })) },
  };
  if (AUTOMATIC.some((name) => has.includes(name))) return { ...check, status: 'ok' };
  return {
    ...check,
    status: 'limited',
    why: `region.heat needs ${AUTOMATIC.join(' or ')}, unless its option source names another one.`,
    advice: lacking
      .filter(({ name }) => AUTOMATIC.includes(name))
      .map(({ name, needs }) => `${name} needs ${needs}`)
      .join(' '),
  };
}
