import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { DEVICES, GAP_MODES, MOVE_LAYOUTS, MOVE_MIGRATORS } from '../../../src/bench/move/options.js';
import { type MoveFlags, moveOptions } from '../../../src/cli/bench/move/flags.js';
import { UsageError } from '../../../src/cli/ui/errors.js';
import {
  folioSize,
  injection,
  listOf,
  type OptionParser,
  oneOf,
  seconds,
  size,
  wholeNumber,
} from '../../../src/cli/ui/option-parsers.js';
import { MigrationError } from '../../../src/common/migration-error.js';
import { orderOf } from '../../../src/common/page.js';
import { formatSize, parseSize } from '../../../src/common/size.js';
import { checkErrorOptions, INJECTIONS } from '../../../src/migrators/error/error-options.js';
import { parseInjection } from '../../../src/migrators/error/parse-injection.js';
import { typed } from '../support/expect.js';
import { anyProperty, type FuzzTarget, target } from '../support/target.js';
import { anyText, textOf } from '../support/text.js';

const sizes = textOf('0123456789.KMGTkmgtiB -+e', ['4K', '1.5G', '0.0001', 'KiB']);
const NAMES = INJECTIONS.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
const faults = textOf('=:,0123456789. ', [...NAMES, 'ms', 's', '=7', ':5ms', ',']);
const lists = textOf('0123456789,.KM ', ['cpu', 'dcbm', ',', '__proto__']);

/** Result of a parser, or undefined when it refuses as commander wants it. */
function parsed<T>(parse: OptionParser<T>, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return undefined;
  }
}

function within(value: number | undefined, min: number, max: number): void {
  if (value !== undefined) assert.ok(value >= min && value <= max, `${value}`);
}

const some = <T>(values: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.subarray([...values], { minLength: 1 });

/** Flags that were each accepted by themselves. */
const flags: fc.Arbitrary<MoveFlags> = fc.record(
  {
    folio: some([4096, 65536, 2 ** 21]),
    foliosPerCall: some([1, 4, 512]),
    migrator: some(MOVE_MIGRATORS),
    channels: some([16, 1, 4]),
    threads: some([64, 2]),
    device: fc.constantFrom(...DEVICES),
    depth: fc.integer({ min: 1, max: 4 }),
    bytes: fc.integer({ min: 1, max: 1000 }).map((n) => n * 2 ** 21),
    runs: fc.integer({ min: 1, max: 100 }),
    layout: fc.constantFrom(...MOVE_LAYOUTS),
    gaps: some(GAP_MODES),
    inject: fc.constant({ failBatch: 7 }),
    seed: fc.nat(),
  },
  { requiredKeys: [] },
);

export const COMMAND_LINE_TARGETS: readonly FuzzTarget[] = [
  target(
    'a size',
    300,
    anyProperty(
      fc.property(fc.oneof(sizes, anyText), (text) => {
        let bytes: number;
        try {
          bytes = parseSize(text);
        } catch (error) {
          assert.ok(error instanceof RangeError && error.message.length < 200, String(error));
          return;
        }
        assert.ok(Number.isSafeInteger(bytes) && bytes > 0);
        assert.equal(parseSize(String(bytes)), bytes);
        // Written with one digit after the point: no further off than that.
        const again = parseSize(formatSize(bytes).replace(/\.\d+/, ''));
        assert.ok(Math.abs(again - bytes) <= bytes, `${formatSize(bytes)} for ${bytes}`);
      }),
    ),
  ),
  target(
    'options of the commands',
    300,
    anyProperty(
      fc.property(fc.oneof(sizes, faults, lists, anyText), (text) => {
        within(parsed(size(2 ** 21, 2 ** 40, 2 ** 21), text), 2 ** 21, 2 ** 40);
        const folio = parsed(folioSize, text);
        if (folio !== undefined) assert.ok(orderOf(folio) >= 0);
        within(parsed(wholeNumber(1, 16), text), 1, 16);
        within(parsed(seconds(3600), text), Number.MIN_VALUE, 3600);
        const one = parsed(oneOf(MOVE_MIGRATORS), text);
        if (one !== undefined) assert.equal(one, text);
        const numbers = parsed(listOf(wholeNumber(1, 16)), text) ?? [];
        for (const each of numbers) within(each, 1, 16);
        assert.equal(new Set(numbers).size, numbers.length);
        parsed(injection, text);
      }),
    ),
  ),
  target(
    'faults to inject',
    300,
    anyProperty(
      fc.property(fc.oneof(faults, anyText), (text) => {
        const options = typed(() => parseInjection(text));
        if (options instanceof MigrationError) return;
        checkErrorOptions(options);
        const { delayMs, ...every } = options;
        const again = Object.entries(every).map(([name, n]) => {
          const at = (INJECTIONS as readonly string[]).indexOf(name);
          return `${NAMES[at]}=${n}${name === 'delay' ? `:${delayMs}ms` : ''}`;
        });
        assert.deepEqual(parseInjection(again.join(',')), options);
      }),
    ),
  ),
  target(
    'options of bench move together',
    200,
    anyProperty(
      fc.property(flags, (given) => {
        try {
          const options = moveOptions(given, { nodes: [] });
          assert.ok(options.folios.length > 0 && options.migrators.length > 0);
          assert.deepEqual(
            options.channels,
            options.channels.toSorted((a, b) => a - b),
          );
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
        }
      }),
    ),
  ),
];
