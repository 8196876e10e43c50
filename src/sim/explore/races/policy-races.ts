import { ChecksNothing, CountsFailures, KeepsRecords } from './broken-autopilots.js';
import type { Race } from './race.js';

const FOUND_BY = 'pageferry, when policies came to the explored machine';

/** Mistakes in what executes the decisions of policies. */
export const POLICY_RACES: readonly Race[] = [
  {
    name: 'records-kept',
    mistake: 'records are kept when the memory of a region is found elsewhere',
    consequence: 'Units that have never moved count as moved.',
    remedy: 'The records of other memory are read from the page table again.',
    foundBy: FOUND_BY,
    scenario: 'policy-changes',
    parts: { autopilot: KeepsRecords },
  },
  {
    name: 'list-unchecked',
    mistake: "the lists of a user's own policy are executed unchecked",
    consequence: 'The fast node gets more memory than the policy may use, and requests name unknown nodes.',
    remedy: 'A list that breaks a duty is refused as a whole.',
    foundBy: FOUND_BY,
    scenario: 'policy-lies',
    parts: { autopilot: ChecksNothing },
  },
  {
    name: 'failure-counted',
    mistake: 'a move that fails is recorded as if it had succeeded',
    consequence: 'The policy counts memory on the fast node that is still on the slow one.',
    remedy: 'The record of a unit changes when its result accounts for every page on the target.',
    foundBy: FOUND_BY,
    scenario: 'policy-pins',
    parts: { autopilot: CountsFailures },
  },
];
