/**
 * The thread of a program's own policy (a worker). It imports the module, and calls its policy at each message. It
 * answers with a message, and then wakes the caller's thread.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { describeThrown } from '../common/describe-value.js';
import { modulesLoaded } from '../linux/threads/loading.js';
import {
  checkName,
  importModule,
  type ModuleStart,
  Refusal,
  refusalMessage,
} from '../linux/threads/own-module.js';
import type { OwnPolicyModule, Policy, PolicyInput } from '../policy/policy.js';
import { type PushedData, PushedMoves } from '../policy/pushed-moves.js';
import { ANSWERS, ENDED } from './answer-words.js';

export interface PolicyThreadOptions {
  /** URL of the module. */
  readonly module: string;
  /** Passed to its default export. */
  readonly options: unknown;
  /** See answer-words.ts. */
  readonly answers: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** A request to decide. */
export interface PolicyRequest {
  readonly input: PolicyInput;
  /** Whether the module makes a new policy first, because the units have other numbers now. */
  readonly fresh: boolean;
}

/** The answer to a request. */
export type PolicyAnswer =
  | { readonly moves: PushedData; readonly problem?: undefined }
  | { readonly moves?: undefined; readonly problem: string };

class PolicyThread {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #options: unknown;
  #create!: OwnPolicyModule['default'];
  #policy!: Policy;

  constructor({ port, answers, options }: PolicyThreadOptions) {
    this.#options = options;
    this.#port = port;
    this.#answers = new Int32Array(answers);
    let why = '';
    process.on('uncaughtExceptionMonitor', (error) => {
      why = `: ${describeThrown(error)}`;
    });
    // The caller may be waiting for an answer.
    process.on('exit', (code) => {
      this.#port.postMessage({ problem: `its thread exited with code ${code}${why}` } satisfies PolicyAnswer);
      // After the message, and before the caller wakes.
      Atomics.store(this.#answers, ENDED, 1);
      this.#wake();
    });
  }

  /** Loads the module, and returns the policy's name. @throws Refusal */
  async load(href: string): Promise<string> {
    const module: Partial<OwnPolicyModule> = await importModule(href);
    if (typeof module.default !== 'function') {
      throw new Refusal('EINVAL', 'the default export is not a function that makes a policy');
    }
    this.#create = module.default;
    return await this.#make();
  }

  /** Makes the policy, and returns its name. @throws Refusal */
  async #make(): Promise<string> {
    let policy: Policy;
    let parts: { name: unknown; decide: unknown };
    try {
      policy = await this.#create(structuredClone(this.#options));
    } catch (error) {
      throw new Refusal('EINVAL', `the default export failed: ${describeThrown(error)}`);
    }
    try {
      parts = { name: policy?.name, decide: policy?.decide };
    } catch (error) {
      throw new Refusal('EINVAL', `cannot read the policy: ${describeThrown(error)}`);
    }
    const name = checkName(parts.name, 'the default export returned a policy');
    if (typeof parts.decide !== 'function') {
      throw new Refusal('EINVAL', 'the default export returned a policy without a decide function');
    }
    this.#policy = policy;
    return name;
  }

  async receive({ input, fresh }: PolicyRequest): Promise<void> {
    if (fresh) {
      try {
        await this.#make();
      } catch (error) {
        this.#answer({ problem: `it could not begin again: ${describeThrown(error)}` });
        return;
      }
    }
    this.#decide(input);
  }

  #decide(input: PolicyInput): void {
    const moves = new PushedMoves(input.nodeOf.length);
    try {
      const returned: unknown = this.#policy.decide(input, moves);
      if (returned instanceof Promise) {
        returned.catch(() => undefined);
        this.#answer({ problem: 'decide returned a promise: it must decide before it returns' });
      } else {
        this.#answer({ moves: moves.toData() });
      }
    } catch (error) {
      this.#answer({ problem: `decide failed: ${describeThrown(error)}` });
    }
  }

  #answer(answer: PolicyAnswer): void {
    this.#port.postMessage(answer);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#answers, ANSWERS, 1);
    Atomics.notify(this.#answers, ANSWERS);
  }
}

async function start(options: PolicyThreadOptions): Promise<void> {
  modulesLoaded();
  const { port } = options;
  try {
    const thread = new PolicyThread(options);
    const name = await thread.load(options.module);
    port.on('message', (request: PolicyRequest) => void thread.receive(request));
    port.postMessage({ ready: true, name } satisfies ModuleStart);
  } catch (error) {
    port.postMessage(refusalMessage(error));
    port.close();
  }
}

if (!isMainThread) void start(workerData as PolicyThreadOptions);
