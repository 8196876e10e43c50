import { HostMarks } from '../../linux/accessed/host-marks.js';
import type { Check } from './check.js';

/**
 * Which access sources this process has on this host (`region.heat`), and what each of the others lacks. It is not a
 * limitation of migration if some are missing. So it is only one if `auto` finds none.
 */
export function checkAccessSources(): Check {
  const probes = HostMarks.probes();
  const names = (has: boolean) =>
    probes.filter(({ problem }) => (problem === undefined) === has).map(({ name }) => name);
  const lacking = probes.filter(({ problem }) => problem !== undefined);
  const automatic = probes.some(
    ({ name, problem }) => (name === 'referenced' || name === 'hint') && problem === undefined,
  );
  const has = names(true).join(', ') || 'none';
  const found = [has, ...lacking.map(({ name, problem }) => `not ${name}: ${problem}`)].join('. ');
  const details = {
    sources: probes.map(({ name, needs, problem }) => ({
      name,
      available: problem === undefined,
      problem,
      needs,
    })),
  };
  if (automatic) return { id: 'access sources', status: 'ok', found, details };
  return {
    id: 'access sources',
    status: 'limited',
    found,
    why: 'region.heat needs one of referenced and hint, unless its option source names another one.',
    advice: lacking.map(({ name, needs }) => `${name} needs ${needs}`).join(' '),
    details,
  };
}
