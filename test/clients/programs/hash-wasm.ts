import type { Client } from '../client.js';
import { noise } from '../data.js';

interface Hasher {
  init(): void;
  update(data: Uint8Array): void;
  digest(): string;
}
interface PasswordOptions {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly hashLength?: number;
  readonly parallelism?: number;
  readonly iterations?: number;
  /** KiB. */
  readonly memorySize?: number;
  readonly costFactor?: number;
  readonly blockSize?: number;
}
type CreateHasher = () => Promise<Hasher>;
type HashPassword = (options: PasswordOptions) => Promise<string>;
interface HashWasmModule {
  readonly createSHA256: CreateHasher;
  readonly createSHA512: CreateHasher;
  readonly createSHA3: CreateHasher;
  readonly createBLAKE3: CreateHasher;
  readonly createMD5: CreateHasher;
  readonly createXXHash128: CreateHasher;
  readonly argon2id: HashPassword;
  readonly scrypt: HashPassword;
  readonly bcrypt: HashPassword;
}

const MIB = 2 ** 20;
/** Bytes of an update: the hasher's state is read and written that often. */
const PIECE = 10_007;

/** Hashes: heaps of 128 KiB; and of passwords, whose heaps grow to tens of MiB in the very call that makes them. */
export const hashWasm: Client = {
  name: 'hash-wasm',
  threads: false,
  pageTables: false,
  async start(load) {
    const wasm = load('hash-wasm') as HashWasmModule;
    const data = noise(8 * MIB, 1);
    const salt = noise(16, 2);
    const hashers = {
      sha256: await wasm.createSHA256(),
      sha512: await wasm.createSHA512(),
      sha3: await wasm.createSHA3(),
      blake3: await wasm.createBLAKE3(),
      md5: await wasm.createMD5(),
      xxhash128: await wasm.createXXHash128(),
    };
    const digest = (hasher: Hasher): string => {
      hasher.init();
      for (let i = 0; i < data.length; i += PIECE) hasher.update(data.subarray(i, i + PIECE));
      return hasher.digest();
    };
    const argon2 = (memorySize: number): Promise<string> =>
      wasm.argon2id({ password: 'folio', salt, parallelism: 2, iterations: 3, memorySize, hashLength: 32 });
    const scrypt = (costFactor: number): Promise<string> =>
      wasm.scrypt({ password: 'folio', salt, costFactor, blockSize: 8, parallelism: 1, hashLength: 64 });
    return {
      async work(call) {
        for (const [name, hasher] of Object.entries(hashers)) await call(name, () => digest(hasher));
        for (const kib of [4096, 16384, 32768]) await call(`argon2id, ${kib} KiB`, () => argon2(kib));
        for (const cost of [8192, 16384]) await call(`scrypt, ${cost}`, () => scrypt(cost));
        await call('bcrypt', () => wasm.bcrypt({ password: 'folio', salt, costFactor: 8 }));
        // All of them by turns, each with its state in a heap of its own.
        await call('by turns', () => {
          const all = Object.values(hashers);
          for (const hasher of all) hasher.init();
          for (let i = 0; i < data.length; i += PIECE)
            all[i % all.length]!.update(data.subarray(i, i + PIECE));
          return all.map((hasher) => hasher.digest());
        });
      },
      look: () => Object.values(hashers).map(digest),
    };
  },
};
