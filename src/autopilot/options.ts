import { checkModule } from '../common/check-module.js';
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
import { POLICY_NAMES, type PolicyName } from '../policy/policies.js';
import type { ActuatorName, AutopilotActuators, AutopilotOptions, AutopilotPolicy } from './autopilot.js';

/** A program's own policy: its module, as `checkModule` returns it, and its time limit. */
export interface OwnPolicyChoice {
  readonly href: string;
  readonly options: unknown;
  readonly limitMs: number;
}

/** The checked options, with defaults filled in. */
export type FilledOptions = Required<
  Omit<AutopilotOptions, 'policy' | 'actuators' | 'accessNs' | 'coldMs'>
> & {
  readonly policy: PolicyName | OwnPolicyChoice;
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
const POLICY_FIELDS = ['module', 'options', 'limitMs'] as const;
/** Time for one decision. It takes a millisecond for some thousand units, but its thread may get no CPU. */
const LIMIT_MS = 1000;
const MAX_LIMIT_MS = 60_000;
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
  checkWord(OPERATION, 'options.regions', regions, ['all', 'added']);
  checkInteger(OPERATION, 'options.bytesPerSecond', bytesPerSecond, 4096, MAX_BYTES_PER_SECOND);
  checkNumber('options.cpuShare', cpuShare, 0.0001, 1);
  checkNumber('options.maxPauseMs', maxPauseMs, 0.05, 10_000);
  checkInteger(OPERATION, 'options.epochMs', epochMs, 10, MAX_MS);
  checkWord(OPERATION, 'options.source', source, HEAT_SOURCES);
  checkNumber('options.headroom', headroom, 0, 0.5);
  if (coldMs !== undefined) checkInteger(OPERATION, 'options.coldMs', coldMs, 1000, DAY_MS);
  return {
    policy: checkPolicy(policy),
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

function checkPolicy(given: AutopilotPolicy): PolicyName | OwnPolicyChoice {
  if (typeof given !== 'object') {
    checkWord(OPERATION, 'options.policy', given, POLICY_NAMES);
    return given;
  }
  const {
    module,
    options,
    limitMs = LIMIT_MS,
    ...others
  } = readFields(OPERATION, 'options.policy', given, POLICY_FIELDS);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const advice = `Known: ${POLICY_FIELDS.join(', ')}.`;
    throw invalidArgument(OPERATION, `options.policy.${unknown}`, 'unknown option', advice);
  }
  checkInteger(OPERATION, 'options.policy.limitMs', limitMs, 1, MAX_LIMIT_MS);
  return { ...checkModule(OPERATION, 'policy', module, options), limitMs: limitMs as number };
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
