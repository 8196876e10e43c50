import type { Client } from '../client.js';
import { floats } from '../data.js';
import { onnxModel } from './onnx-model.js';

interface Tensor {
  readonly data: Float32Array;
}
interface Session {
  run(feeds: { readonly image: Tensor }): Promise<{ readonly features: Tensor; readonly classes: Tensor }>;
}
interface OrtModule {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

const THREADS = 2;
const SIZES = [64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512] as const;

/** ONNX Runtime, with threads. Larger images come later, so that the heap grows again and again. */
export const onnxruntime: Client = {
  name: 'onnxruntime-web',
  threads: true,
  pageTables: true,
  async start(load) {
    const ort = load('onnxruntime-web') as OrtModule;
    ort.env.wasm.numThreads = THREADS;
    const session = await ort.InferenceSession.create(onnxModel(), { executionProviders: ['wasm'] });
    const classify = async (size: number, seed: number): Promise<unknown> => {
      const image = new ort.Tensor('float32', floats(3 * size * size, seed), [1, 3, size, size]);
      const { features, classes } = await session.run({ image });
      return [features.data, classes.data];
    };
    const look = (): Promise<unknown> => classify(300, 100);
    return {
      async work(call) {
        for (const size of SIZES) {
          await call(`${size} × ${size}`, async () => {
            const answers: unknown[] = [];
            for (let i = 0; i < 3; i++) answers.push(await classify(size, i));
            return answers;
          });
        }
        await call('many small ones', async () => {
          const answers: unknown[] = [];
          for (let i = 0; i < 40; i++) answers.push(await classify(48, i));
          return answers;
        });
      },
      look,
    };
  },
};
