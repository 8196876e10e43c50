import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import type { Client, Load } from '../client.js';
import { floats } from '../data.js';

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Tf {
  env(): { set(flag: string, value: boolean): void };
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  tidy<T>(work: () => T): T;
  tensor2d(values: Float32Array, shape: readonly [number, number]): Tensor;
  tensor4d(values: Float32Array, shape: readonly [number, number, number, number]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: string): Tensor;
  maxPool(x: Tensor, size: number, strides: number, pad: string): Tensor;
  softmax(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  transpose(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  sum(x: Tensor, axis?: number): Tensor;
  cumsum(x: Tensor, axis: number): Tensor;
  concat(all: readonly Tensor[], axis: number): Tensor;
}
interface Backend {
  setThreadsCount(count: number): void;
  getThreadsCount(): number;
}

const THREADS = 2;
const SIDE = 512;

/** TensorFlow.js, its threaded build. */
export const tfjs: Client = {
  name: 'tfjs-wasm',
  threads: true,
  pageTables: true,
  async start(load) {
    const tf = load('@tensorflow/tfjs-core') as Tf;
    const release = letThreadsStart(load);
    const backend = load('@tensorflow/tfjs-backend-wasm') as Backend;
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
    backend.setThreadsCount(THREADS);
    await tf.setBackend('wasm');
    release();
    if (tf.getBackend() !== 'wasm' || backend.getThreadsCount() !== THREADS) {
      throw new Error(`tfjs runs on ${tf.getBackend()}, ${backend.getThreadsCount()} threads`);
    }
    const a = tf.tensor2d(floats(SIDE * SIDE, 5), [SIDE, SIDE]);
    const b = tf.tensor2d(floats(SIDE * SIDE, 6), [SIDE, SIDE]);
    const image = tf.tensor4d(floats(256 * 256 * 8, 7), [1, 256, 256, 8]);
    const filter = tf.tensor4d(floats(3 * 3 * 8 * 16, 8), [3, 3, 8, 16]);
    const values = async (work: () => Tensor): Promise<Float32Array> => {
      const result = tf.tidy(work);
      const data = await result.data();
      result.dispose();
      return data;
    };
    const look = (): Promise<Float32Array> => values(() => tf.add(tf.matMul(a, b), tf.transpose(a)));
    return {
      async work(call) {
        await call('matMul', () => values(() => tf.matMul(a, b)));
        await call('matMul, eight', () =>
          values(() => {
            let x = a;
            for (let i = 0; i < 8; i++) x = tf.mul(tf.matMul(x, b), 1 / 16);
            return x;
          }),
        );
        await call('transposed', () => values(() => tf.matMul(a, b, true, true)));
        await call('conv2d', () => values(() => tf.conv2d(image, filter, 1, 'same')));
        await call('pooled', () =>
          values(() => tf.maxPool(tf.relu(tf.conv2d(image, filter, 1, 'same')), 2, 2, 'same')),
        );
        await call('softmax', () => values(() => tf.softmax(tf.matMul(a, b))));
        // Some 60 MiB of tensors: the heap grows.
        await call('concat', () =>
          values(() =>
            tf.sum(
              tf.concat(
                Array.from({ length: 40 }, () => tf.matMul(a, b)),
                0,
              ),
              1,
            ),
          ),
        );
        await call('cumsum', () => values(() => tf.cumsum(tf.sub(a, b), 1)));
        await call('descent', () =>
          values(() => {
            // Least squares by gradient descent: w −= r · aᵀ(a·w − b).
            let w = b;
            for (let i = 0; i < 12; i++) {
              const error = tf.sub(tf.matMul(a, w), b);
              w = tf.sub(w, tf.mul(tf.matMul(a, error, true), 1e-3));
            }
            return w;
          }),
        );
        await call('many small ones', () =>
          values(() => {
            let x = tf.tensor2d(floats(64 * 64, 9), [64, 64]);
            for (let i = 0; i < 300; i++) x = tf.softmax(tf.add(tf.transpose(x), x));
            return x;
          }),
        );
        await call('in and out', async () => {
          const results: Float32Array[] = [];
          for (let i = 0; i < 20; i++) {
            const x = tf.tensor2d(floats(SIDE * 64, i), [64, SIDE]);
            results.push(await values(() => tf.relu(tf.matMul(x, a))));
            x.dispose();
          }
          return results;
        });
        await call('again', look);
      },
      look,
    };
  },
};

/**
 * In Node the backend has no threads of its own accord. Its worker's source comes as a blob, of which Node's Worker wants a
 * file; and it has half as many threads as there are CPUs at most, where this host may have two.
 *
 * Returns what undoes it.
 */
function letThreadsStart(load: Load): () => void {
  const folder = mkdtempSync(join(os.tmpdir(), 'pageferry-tfjs-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const main = load.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js');
  const worker = join(folder, 'worker.cjs');
  const { Blob, URL } = globalThis;
  const { createObjectURL } = URL;
  globalThis.Blob = class extends Blob {
    constructor(...[parts, options]: ConstructorParameters<typeof Blob>) {
      super(parts, options);
      // The worker asks for the address of another blob, the module's own source.
      const source = `URL.createObjectURL = () => ${JSON.stringify(main)};\n${[...(parts as string[])].join('')}`;
      if (options?.type === 'application/javascript') writeFileSync(worker, source);
    }
  };
  URL.createObjectURL = () => worker;
  const node = createRequire(import.meta.url)('node:os') as typeof os;
  const { cpus } = node;
  node.cpus = () => Array.from({ length: 2 * THREADS }, () => cpus()[0]!);
  return () => {
    globalThis.Blob = Blob;
    URL.createObjectURL = createObjectURL;
    node.cpus = cpus;
  };
}
