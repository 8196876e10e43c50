/** Bytes of a slot of the table: a cache line. The key is its first word, the payload the second one. */
export const SLOT_BYTES = 64;
const SLOT_SHIFT = 6;
const HASH_FACTOR = 0x9e3779b1;
const HASH_SHIFT = 15;
const MIX_FACTOR = 0x735a2d97;
const PAYLOAD_FACTOR = 0x85ebca6b;

/** The functions of the module. They use the table in the memory that it was instantiated with. */
export interface JoinModule {
  /** Puts the keys from `first` to before `end` into the table, with their payloads. There is at least one. */
  readonly build: (first: number, end: number, slots: number) => void;
  /** The payload of a key, or 0 if the table does not have it. */
  readonly probe: (key: number, slots: number) => number;
}

/** The slot at which the search for a key begins. The low bits of a product have nothing of the key's high bits. */
export function homeSlot(key: number, slots: number): number {
  const hash = Math.imul(key, HASH_FACTOR);
  return (Math.imul(hash ^ (hash >>> HASH_SHIFT), MIX_FACTOR) >>> 0) % slots;
}

/** Never 0. */
export function payloadOf(key: number): number {
  return Math.imul(key, PAYLOAD_FACTOR) | 1;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** @param memory A shared WebAssembly.Memory. Its table is empty if it is all zeros. */
export function openJoinModule(memory: object): JoinModule {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const module = new WebAssembly.Module(Uint8Array.from(moduleBytes()));
  return new WebAssembly.Instance(module, { m: { m: memory } }).exports as JoinModule;
}

// The bytes of instructions, types and sections: WebAssembly Core Specification 2.0, section 5, and of the shared memory:
// the threads proposal.
const I32 = 0x7f;
const NO_RESULT = 0x40;
const END = 0x0b;
const RETURN = 0x0f;
const UNREACHABLE = 0x00;
const LOOP = [0x03, NO_RESULT] as const;
const IF = [0x04, NO_RESULT] as const;
const EQZ = 0x45;
const EQUAL = 0x46;
const LESS = 0x49; // i32.lt_u
const ADD = 0x6a;
const MUL = 0x6c;
const REMAINDER = 0x70; // i32.rem_u
const OR = 0x72;
const XOR = 0x73;
const SHIFT_LEFT = 0x74;
const SHIFT_RIGHT = 0x76; // i32.shr_u
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
/** Sets a local, and leaves the value on the stack. */
const tee = (local: number): number[] => [0x22, local];
const constant = (value: number): number[] => [0x41, ...signed(value | 0)];
/** Words at an address, aligned to 4 bytes. */
const load = (offset: number): number[] => [0x28, 2, offset];
const store = (offset: number): number[] => [0x36, 2, offset];
/** To the start of a loop: `outer` is the number of blocks in between. */
const branch = (outer: number): number[] => [0x0c, outer];
const branchIf = (outer: number): number[] => [0x0d, outer];

/** The locals of `build`. */
const [KEY, END_KEY, SLOTS, SLOT, AT] = [0, 1, 2, 3, 4];

const BUILD: readonly number[] = [
  ...LOOP, //                                                            for each key:
  ...[...home(KEY, SLOTS, SLOT), ...set(SLOT)], //                                slot = home of the key
  ...LOOP, //                                                              for each slot from there on:
  ...[...addressOf(SLOT), ...tee(AT), ...load(0)], //                         its key
  ...[...IF, ...advance(SLOT, SLOTS), ...branch(1), END], //                 it is taken: the next slot
  END,
  ...[...get(AT), ...get(KEY), ...store(0)],
  ...[...get(AT), ...get(KEY), ...constant(PAYLOAD_FACTOR), MUL, ...constant(1), OR, ...store(4)],
  ...[...get(KEY), ...constant(1), ADD, ...tee(KEY), ...get(END_KEY), LESS, ...branchIf(0)],
  END,
];

/** The locals of `probe`. */
const [WANTED, TABLE, PLACE, FOUND] = [0, 1, 2, 3];

const PROBE: readonly number[] = [
  ...[...home(WANTED, TABLE, PLACE), ...set(PLACE)], //                          slot = home of the key
  ...LOOP, //                                                            for each slot from there on:
  ...[...addressOf(PLACE), ...load(0), ...tee(FOUND), ...get(WANTED), EQUAL],
  ...[...IF, ...addressOf(PLACE), ...load(4), RETURN, END], //             it has the key: its payload
  ...[...get(FOUND), EQZ, ...IF, ...constant(0), RETURN, END], //          it is empty: 0
  ...[...advance(PLACE, TABLE), ...branch(0)], //                           the next slot
  END,
  UNREACHABLE,
];

/** As `homeSlot`. */
function home(key: number, slots: number, hash: number): number[] {
  const product = [...get(key), ...constant(HASH_FACTOR), MUL, ...tee(hash)];
  const mixed = [...product, ...get(hash), ...constant(HASH_SHIFT), SHIFT_RIGHT, XOR];
  return [...mixed, ...constant(MIX_FACTOR), MUL, ...get(slots), REMAINDER];
}

function addressOf(slot: number): number[] {
  return [...get(slot), ...constant(SLOT_SHIFT), SHIFT_LEFT];
}

/** To the next slot, and from the last one to the first. */
function advance(slot: number, slots: number): number[] {
  const next = [...get(slot), ...constant(1), ADD, ...tee(slot)];
  return [...next, ...get(slots), EQUAL, ...IF, ...constant(0), ...set(slot), END];
}

/** The largest WebAssembly.Memory, in pages of 64 KiB. */
const MAX_PAGES = 65_536;

function moduleBytes(): number[] {
  const signatures = list([
    [0x60, 3, I32, I32, I32, 0], //  build
    [0x60, 2, I32, I32, 1, I32], //  probe
  ]);
  // A memory (2) that is shared and has a maximum (3).
  const imports = list([[...name('m'), ...name('m'), 2, 3, ...unsigned(1), ...unsigned(MAX_PAGES)]]);
  const functions = list([[0], [1]]);
  const exports = list([
    [...name('build'), 0, 0],
    [...name('probe'), 0, 1],
  ]);
  // Each has two locals more than parameters.
  const code = list([BUILD, PROBE].map((body) => sized([1, 2, I32, ...body, END])));
  return [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // \0asm, version 1
    ...[1, ...sized(signatures)],
    ...[2, ...sized(imports)],
    ...[3, ...sized(functions)],
    ...[7, ...sized(exports)],
    ...[10, ...sized(code)],
  ];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

/** LEB128: 7 bits a byte, the lowest first, and the high bit on all but the last. */
function unsigned(value: number): number[] {
  const [low, rest] = [value & 0x7f, value >>> 7];
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

function signed(value: number): number[] {
  const [low, rest] = [value & 0x7f, value >> 7];
  const last = (low & 0x40) === 0 ? rest === 0 : rest === -1;
  return last ? [low] : [low | 0x80, ...signed(rest)];
}
