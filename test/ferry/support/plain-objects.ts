class Settings {
  readonly poolBytes = 0;
}

/** Values that are not options, by the words of the message. */
export const NOT_PLAIN: readonly (readonly [kind: string, make: () => unknown])[] = [
  ['null', () => null],
  ['7', () => 7],
  ["'fast'", () => 'fast'],
  ['a function', () => () => ({ poolBytes: 0 })],
  ['an array', () => []],
  ['an array', () => [{ poolBytes: 0 }]],
  ['an instance of Promise', () => Promise.resolve({ poolBytes: 0 })],
  ['an instance of Date', () => new Date()],
  ['an instance of Map', () => new Map([['poolBytes', 0]])],
  ['an instance of Set', () => new Set()],
  ['an instance of Settings', () => new Settings()],
  ['an instance of Settings', () => Object.create(new Settings())],
  ['an instance of a class', () => new (class {})()],
  ['an instance of Uint8Array', () => new Uint8Array(1)],
  ['an instance of SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['an instance of Error', () => new Error('not options')],
  ['an instance of Number', () => Object(7)],
  ['an instance of Generator', () => (function* () {})()],
  ['an instance of Array Iterator', () => [].values()],
];

/** Options of one field, in every form of a plain object. */
export const PLAIN: readonly (() => unknown)[] = [
  () => ({ poolBytes: 0 }),
  () => Object.assign(Object.create(null), { poolBytes: 0 }),
  () => Object.create({ poolBytes: 0 }),
  () => Object.create(Object.freeze(Object.assign(Object.create(null), { poolBytes: 0 }))),
  () => new Proxy({ poolBytes: 0 }, {}),
  () => JSON.parse('{"poolBytes":0}'),
];
