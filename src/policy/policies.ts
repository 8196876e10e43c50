import { AutoPolicy } from './auto.js';
import { BalancePolicy } from './balance.js';
import { FrequencyPolicy } from './frequency.js';
import type { Policy } from './policy.js';
import { RecencyPolicy } from './recency.js';

/** The policies of pageferry. The first one is the default. */
export const POLICY_NAMES = ['auto', 'recency', 'frequency', 'balance'] as const;

/**
 * The name of a policy of pageferry: docs/tiering.md compares them.
 * @see {@link startAutopilot} for an example
 */
export type PolicyName = (typeof POLICY_NAMES)[number];

/** Makes a policy with its default options. */
export function createPolicy(name: PolicyName): Policy {
  switch (name) {
    case 'auto':
      return new AutoPolicy();
    case 'recency':
      return new RecencyPolicy();
    case 'frequency':
      return new FrequencyPolicy();
    case 'balance':
      return new BalancePolicy();
  }
}
