import { createPolicy, POLICY_NAMES } from '../../src/policy/policies.js';
import { policyConformance } from './conformance.js';

for (const name of POLICY_NAMES) policyConformance(() => createPolicy(name));
