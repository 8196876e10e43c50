/** `pageferry/policy`, for authors of policies: the contract, and the checks that our own policies pass. */
export { bytesOfUnit, type HeatSnapshot } from './heat/heat-snapshot.js';
export type { Sight } from './heat/observation.js';
export type { MigrateReason } from './mm/reason.js';
export type { MoveSink } from './policy/decided-moves.js';
export {
  type PolicyCheck,
  type PolicyCheckOutcome,
  type PolicyFactory,
  policyChecks,
} from './policy/kit/policy-checks.js';
export {
  type PolicyCheckResult,
  type PolicySource,
  type TestPolicyOptions,
  type TestPolicyReport,
  testPolicy,
} from './policy/kit/test-policy.js';
export {
  FAST,
  NO_NODE,
  type OwnPolicyModule,
  type Policy,
  type PolicyInput,
  type PolicyNode,
} from './policy/policy.js';
