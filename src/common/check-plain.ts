import { describe, describeThrown, printable } from './describe-value.js';
import { invalidArgument } from './migration-error.js';

/**
 * Accepts object literals, objects that inherit from them, objects without a prototype, and module namespaces, of any
 * realm. Refuses arrays, promises and other instances of classes: their fields are not options.
 * @throws MigrationError EINVAL, also if `value` throws when it is read.
 */
export function checkPlain(
  operation: string,
  argument: string,
  value: unknown,
  advice?: string,
): asserts value is object {
  const kind = readSafely(operation, argument, () => otherKind(value));
  if (kind === undefined) return;
  throw invalidArgument(operation, argument, `must be a plain object, not ${kind}`, advice);
}

/** Runs code that reads the caller's objects. @throws MigrationError EINVAL for any error that `read` throws. */
export function readSafely<T>(operation: string, argument: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalidArgument(operation, argument, `cannot be read: ${describeThrown(cause)}`);
  }
}

/** The kind of a value that is not a plain object. */
function otherKind(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return describe(value);
  const { constructor: maker, [Symbol.toStringTag]: tag } = value as Record<PropertyKey, unknown>;
  // Iterators have a tag, and no constructor of their own.
  if (typeof tag === 'string' && !Object.hasOwn(value, Symbol.toStringTag)) return instanceOf(tag);
  if (typeof maker !== 'function' || Object.hasOwn(value, 'constructor')) return undefined;
  // The prototype of Object, in each realm, is the one without a prototype.
  if (typeof maker.prototype === 'object' && Object.getPrototypeOf(maker.prototype) === null)
    return undefined;
  return instanceOf(maker.name);
}

function instanceOf(name: unknown): string {
  return `an instance of ${typeof name === 'string' && name !== '' ? printable(name) : 'a class'}`;
}
