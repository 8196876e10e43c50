import { invalidArgument } from '../../common/migration-error.js';
import type { BenchName } from '../../dashboard/messages.js';
import { otherFlag } from '../ui/renamed-flags.js';

/** The options that the page can set. None names a file. */
const OPTIONS: Readonly<Record<BenchName, string>> = {
  move: 'folio folios-per-call migrator channels threads depth bytes runs layout seed',
  stall:
    'batch-bytes copy-mode folio migrator channels threads depth readers writers bytes seconds runs seed',
};
/** Names, numbers and sizes between commas, which cannot be taken for an option. */
const VALUE = /^[a-zA-Z0-9][a-zA-Z0-9.,-]{0,199}$/;

/**
 * The arguments of `pageferry bench <bench>`. The values are checked by the command itself.
 * @throws MigrationError EINVAL naming an unknown option, or a malformed value.
 */
export function benchArguments(bench: BenchName, options: Readonly<Record<string, string>>): string[] {
  const known = OPTIONS[bench].split(' ');
  return Object.entries(options).flatMap(([name, value]) => {
    if (!known.includes(name)) {
      const now = otherFlag(
        `--${name}`,
        known.map((each) => `--${each}`),
      );
      const advice =
        now === undefined
          ? `Known: ${known.join(', ')}.`
          : `The option has another name. Use ${now.replaceAll('--', '')}.`;
      throw invalidArgument('bench', `options.${name.slice(0, 40)}`, 'unknown option', advice);
    }
    if (!VALUE.test(value)) {
      const problem = 'must be a comma-separated list of values of letters, digits and dots';
      throw invalidArgument('bench', `options.${name}`, problem);
    }
    return [`--${name}`, value];
  });
}
