import fc from 'fast-check';
import { anyText } from './text.js';

const rude = (): never => {
  throw new Error('rude\nmultiline');
};
const rudest = (): never => {
  throw Object.create(null);
};

/** A Proxy of which nothing can be asked. */
function closedProxy(target: object): object {
  const handler = Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply'].map((trap) => [
      trap,
      rude,
    ]),
  );
  return new Proxy(target, handler);
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(64);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Resizable, and growable: TypeScript's ES2023 does not know of them, Node 20 does. */
function resizable<T extends ArrayBuffer | SharedArrayBuffer>(
  Kind: new (bytes: number) => T,
  bytes: number,
): T {
  const Sized = Kind as unknown as new (bytes: number, options: { maxByteLength: number }) => T;
  return new Sized(bytes, { maxByteLength: bytes * 2 });
}

/** A getter that gives another answer each time. */
function fickle(...answers: unknown[]): object {
  let asked = 0;
  return {
    get length() {
      return answers[asked++ % answers.length];
    },
    get id() {
      return answers[asked++ % answers.length];
    },
    0: 0,
  };
}

class LongerThanItIs extends SharedArrayBuffer {
  override get byteLength(): number {
    return 2 ** 40;
  }
}

const endless = Object.assign([1], {
  *[Symbol.iterator]() {
    for (;;) yield 'syscall';
  },
});

const cyclic: { name: string; inner?: unknown } = { name: 'error' };
cyclic.inner = cyclic;

const MAKERS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => -0,
  () => -1,
  () => 0.5,
  () => 4096.0000000001,
  () => 2097152.0000000005,
  () => Number.POSITIVE_INFINITY,
  () => 2 ** 53,
  () => -(2 ** 53),
  () => 2 ** 31,
  () => 2 ** 32,
  () => 0n,
  () => 10n ** 400n,
  () => Symbol('s'),
  () => Symbol.iterator,
  () => rude,
  () => class {},
  () => Object.create(null),
  () => ({ toString: rude, valueOf: rude, [Symbol.toPrimitive]: rude }),
  () => ({ toString: () => '1', valueOf: () => 1 }),
  () => ({ toString: rudest, toJSON: rudest, toLocaleString: rudest }),
  () => closedProxy({}),
  () => closedProxy([]),
  () => closedProxy(() => 0),
  () => revoked({}),
  () => revoked([]),
  () => new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 32 : 1) }),
  () => new Proxy(new SharedArrayBuffer(65536), {}),
  () => new Proxy(new AbortController().signal, {}),
  () => Object.create(SharedArrayBuffer.prototype),
  () => Object.create(AbortSignal.prototype),
  () => Object.create(URL.prototype),
  () => new LongerThanItIs(1024),
  () => new ArrayBuffer(65536),
  () => resizable(ArrayBuffer, 65536),
  () => detached(),
  () => detached().buffer,
  () => new Uint8Array(resizable(ArrayBuffer, 16)),
  () => new BigInt64Array(2),
  () => new Float64Array([Number.NaN, -0, 2 ** 53]),
  () => new DataView(new ArrayBuffer(8)),
  () => Buffer.alloc(16),
  () => fickle(1, 2 ** 40, Number.NaN),
  () => fickle(0, 1),
  () => ({ length: 2 ** 53 }),
  () => ({ length: -1 }),
  () => ({ length: Number.NaN }),
  () => ({ length: 2 ** 26 + 1 }),
  () => ({
    length: 1,
    get 0() {
      return rude();
    },
  }),
  () => ({
    get length() {
      return rude();
    },
  }),
  () => ({
    get name() {
      return rudest();
    },
  }),
  () => Object.defineProperty({}, 'to', { get: rude, enumerable: true }),
  () => Array.from({ length: 200 }),
  () => Object.assign(new Array(2), { 1: 0 }),
  () => endless,
  () => cyclic,
  () => new Map([['to', 1]]),
  () => new Date(Number.NaN),
  () => Promise.resolve(1),
  () => new WeakRef({}),
  () => new URL('https://example.org/x.mjs'),
  () => globalThis,
];

/**
 * How to make a value, and not the value: fast-check looks into the values that it passes on, which these do not
 * bear, and each is made afresh, as what was revoked or asked once is used up.
 */
export class Recipe {
  readonly #label: string;
  readonly make: () => unknown;

  constructor(label: string, make: () => unknown) {
    this.#label = label;
    this.make = make;
  }

  [fc.toStringMethod](): string {
    return this.#label;
  }
}

/** A recipe for a value that is what it is. */
function exactly(value: unknown): Recipe {
  return new Recipe(fc.stringify(value), () => value);
}

/** A value of the kinds that a check may stumble over. */
export const hostile: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...MAKERS).map((make) => new Recipe(String(make), make)) },
  fc.anything().map(exactly),
  fc.double().map(exactly),
  anyText.map(exactly),
);

/** An array of what these recipes make. */
export function listOf(element: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  return fc
    .array(element, { maxLength: 4 })
    .map((recipes) => new Recipe(fc.stringify(recipes), () => recipes.map(({ make }) => make())));
}

/** One of these values. */
export function good(...values: readonly unknown[]): fc.Arbitrary<Recipe> {
  return fc.constantFrom(...values.map(exactly));
}

type Fields = Readonly<Record<string, Recipe>>;

function plain(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, { make }]) => [name, make()]));
}

/** What becomes of an object with such fields. */
const SHAPES: readonly (readonly [label: string, weight: number, shape: (fields: Fields) => unknown])[] = [
  ['plain', 5, plain],
  ['inherited', 1, (fields) => Object.create(plain(fields))],
  ['proxy', 1, (fields) => closedProxy(plain(fields))],
  [
    'getter that throws',
    1,
    (fields) =>
      Object.defineProperty(plain(fields), Object.keys(fields)[0] ?? 'x', { get: rude, enumerable: true }),
  ],
  ['unknown field', 1, (fields) => ({ ...plain(fields), 'un\nknown': 1 })],
];

/** An object with some of these names, each with what is good for it or something hostile; or no object at all. */
export function optionsWith(values: Readonly<Record<string, unknown>>): fc.Arbitrary<Recipe> {
  const entries = Object.entries(values).map(
    ([name, value]) => [name, fc.oneof(good(value), hostile)] as const,
  );
  const fields: fc.Arbitrary<Fields> = fc.record(Object.fromEntries(entries), {
    requiredKeys: [],
  }) as fc.Arbitrary<Fields>;
  const shaped = SHAPES.map(([label, weight, shape]) => ({
    weight,
    arbitrary: fields.map((some) => new Recipe(`${label} ${fc.stringify(some)}`, () => shape(some))),
  }));
  return fc.oneof(...shaped, hostile);
}
