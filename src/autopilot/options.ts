import {
  checkBoolean,
  checkInteger,
  checkWord,
  readFields,
  readList,
  readOptions,
} from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { HEAT_SOURCES } from '../ferry/heat.js';
import { POLICY_NAMES } from '../policy/policies.js';
import type { ActuatorName, AutopilotActuators, AutopilotOptions } from './autopilot.js';

/** The checked options, with defaults filled in. */
export type FilledOptions = Required<Omit<AutopilotOptions, 'actuators' | 'accessNs' | 'coldMs'>> & {
  readonly actuators: AutopilotActuators;
  readonly accessNs: readonly number[] | undefined;
  readonly coldMs: number | undefined;
};

export const OPERATION = 'startAutopilot';
const ACTUATORS: readonly ActuatorName[] = ['nodes', 'hugePages', 'pageOut'];
const KNOWN = [
  'policy',
  'actuators',
  'regions',
  'bytesPerSecond',
  'cpuShare',
  'maxPauseMs',
  'epochMs',
  'source',
  'accessNs',
  'headroom',
  'coldMs',
] as const;
const MAX_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_BYTES_PER_SECOND = 2 ** 40;
const MAX_ACCESS_NS = 1e9;

/** Fills in the defaults. @throws MigrationError EINVAL, with the name of the bad option. */
export function fillOptions(options: AutopilotOptions, nodes: number): FilledOptions {
  const given = readOptions(OPERATION, options, KNOWN, 'unknown option of startAutopilot');
  const { policy = 'auto', actuators = {}, regions = 'all', bytesPerSecond = 2 ** 28 } = given;
  const { cpuShare = 0.05, maxPauseMs = 5, epochMs = 1000, source = 'auto' } = given;
  const { accessNs, headroom = 0.02, coldMs } = given;
  checkWord(OPERATION, 'options.policy', policy, POLICY_NAMES);
  checkWord(OPERATION, 'options.regions', regions, ['all', 'added']);
  checkInteger(OPERATION, 'options.bytesPerSecond', bytesPerSecond, 4096, MAX_BYTES_PER_SECOND);
  checkNumber('options.cpuShare', cpuShare, 0.0001, 1);
  checkNumber('options.maxPauseMs', maxPauseMs, 0.05, 10_000);
  checkInteger(OPERATION, 'options.epochMs', epochMs, 10, MAX_MS);
  checkWord(OPERATION, 'options.source', source, HEAT_SOURCES);
  checkNumber('options.headroom', headroom, 0, 0.5);
  if (coldMs !== undefined) checkInteger(OPERATION, 'options.coldMs', coldMs, 1000, DAY_MS);
  return {
    policy,
    actuators: checkActuators(actuators),
    regions,
    bytesPerSecond,
    cpuShare,
    maxPauseMs,
    epochMs,
    source,
    accessNs: accessNs === undefined ? undefined : checkAccess(accessNs, nodes),
    headroom,
    coldMs,
  };
}

function checkActuators(given: AutopilotActuators): AutopilotActuators {
  const argument = 'options.actuators';
  const fields = readFields(OPERATION, argument, given, ACTUATORS);
  for (const [name, value] of Object.entries(fields)) {
    if (!(ACTUATORS as readonly string[]).includes(name)) {
      const advice = `Known: ${ACTUATORS.join(', ')}.`;
      throw invalidArgument(OPERATION, `${argument}.${name}`, 'unknown actuator', advice);
    }
    if (value !== undefined) checkBoolean(OPERATION, `${argument}.${name}`, value);
  }
  return fields;
}

function checkAccess(given: readonly number[], nodes: number): readonly number[] {
  const argument = 'options.accessNs';
  const list = readList(OPERATION, argument, given, nodes);
  if (list?.length !== nodes) {
    throw invalidArgument(OPERATION, argument, `must be a list of ${nodes} numbers, one for each node`);
  }
  return list.map((each, i) => {
    checkNumber(`${argument}[${i}]`, each, 0.01, MAX_ACCESS_NS);
    return each;
  });
}

function checkNumber(argument: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw invalidArgument(
    OPERATION,
    argument,
    `must be a number from ${min} to ${max}, not ${describe(value)}`,
  );
}
