import { ignoresMerges, refusesMerges } from './broken-mappers.js';
import { EvaluatesOutside, ReleasesAtOnce, reusesDestinations } from './broken-migrators.js';
import { lastOnly } from './last-descriptor-alone.js';
import type { Race } from './race.js';

/** Mistakes that reviewers found in v4, and similar ones. */
export const REVIEW_RACES: readonly Race[] = [
  {
    name: 'policy-outside',
    mistake: 'the policy is evaluated outside of the read section',
    consequence: 'The migrator may be unregistered, and its owner released, between the answer and the copy.',
    remedy: 'The policy check and the copy are inside one read section.',
    foundBy: 'Gregory Price, review of v4',
    scenario: 'policy',
    parts: { registry: (watch) => new EvaluatesOutside(undefined, watch) },
  },
  {
    name: 'no-grace-period',
    mistake: 'unregistering releases without waiting for the last batch',
    consequence: 'Module, threads and channels go while a batch still copies with them.',
    remedy:
      'Unregistering returns when no batch uses the migrator any more; its owner is released after that.',
    foundBy: 'the reason for the grace period (RFC patch 4)',
    scenario: 'swap',
    parts: { registry: (watch) => new ReleasesAtOnce(undefined, watch) },
  },
  {
    name: 'last-descriptor',
    mistake: "the last descriptor's callback counts for all",
    consequence: 'An engine that ends out of order has pages mapped that it has not copied yet.',
    remedy: 'Completion is counted for each descriptor.',
    foundBy: 'Karim Manaouil, review of v4',
    scenario: 'dma',
    parts: { wrapDevice: lastOnly },
  },
  {
    name: 'reused-destination',
    mistake: 'a destination is used again after a timeout',
    consequence: 'The device writes there later, into what is another page by then.',
    remedy: 'Source and destination are quarantined until the channel is known to be idle.',
    foundBy: "v4's dcbm gives up after 10 s and frees",
    scenario: 'late-device',
    parts: { wrapMigrator: reusesDestinations },
  },
  {
    name: 'merge-refused',
    mistake: 'a merge by the IOMMU counts as an error',
    consequence: 'Sources and destinations that merge differently are refused, and the CPU copies them.',
    remedy: 'Both lists are walked in step, whatever the lengths of their segments.',
    foundBy: 'Gregory Price, review of v4',
    scenario: 'dma',
    parts: { wrapMapper: refusesMerges },
  },
  {
    name: 'merge-ignored',
    mistake: 'a merge by the IOMMU is ignored',
    consequence:
      'The destination is taken to be merged as the source is: pages get the content of others, or none.',
    remedy: 'Both lists are walked in step, whatever the lengths of their segments.',
    foundBy: 'naive code for the previous mistake',
    scenario: 'dma',
    parts: { wrapMapper: ignoresMerges },
  },
];
