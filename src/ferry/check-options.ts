import { invalidArgument } from '../mm/migration-error.js';
import { orderOf, PAGE_SIZE, PMD_SIZE } from '../mm/page.js';

/** @throws MigrationError EINVAL unless `options` is an object with known names only. */
export function checkOptions(operation: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(operation, 'options', `must be an object, not ${String(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw invalidArgument(operation, `options.${name}`, 'is no option', `Known: ${known.join(', ')}.`);
  }
}

/** Order of a folio of so many bytes; 0 when not given. @throws MigrationError EINVAL */
export function checkFolioSize(operation: string, folioSize: number | undefined): number {
  const order = folioSize === undefined ? 0 : typeof folioSize === 'number' ? orderOf(folioSize) : -1;
  if (order >= 0) return order;
  throw invalidArgument(
    operation,
    'options.folioSize',
    `must be a power of two from ${PAGE_SIZE} to ${PMD_SIZE} bytes, not ${String(folioSize)}`,
  );
}
