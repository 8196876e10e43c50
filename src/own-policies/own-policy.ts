import { receiveMessageOnPort } from 'node:worker_threads';
import { checkModule } from '../common/check-module.js';
import { clearTimeout, setTimeout } from '../common/host-timers.js';
import { MigrationError } from '../common/migration-error.js';
import { endThread } from '../linux/threads/engine-worker.js';
import { because, type LoadedModule, loadModule } from '../linux/threads/load-module.js';
import type { MoveSink } from '../policy/decided-moves.js';
import { ListCheck } from '../policy/list-check.js';
import { POLICY_NAMES } from '../policy/policies.js';
import type { Policy, PolicyInput } from '../policy/policy.js';
import { PushedMoves } from '../policy/pushed-moves.js';
import { ANSWER_WORDS, ANSWERS, ENDED } from './answer-words.js';
import type { PolicyAnswer, PolicyRequest, PolicyThreadOptions } from './thread.js';

export interface OwnPolicyOptions {
  /** URL of the module: `file:` or `data:`. */
  readonly module: URL | string;
  /** Passed to its default export: any value that can be cloned. */
  readonly options?: unknown;
  /** The public call, for errors. */
  readonly operation: string;
  /** Milliseconds for one decision. @defaultValue 5000 */
  readonly limitMs?: number;
  /** Milliseconds for loading the module. @defaultValue 10000 */
  readonly loadLimitMs?: number;
}

/** No answer came in time. */
const LATE = Symbol('late');
const ADVICE = 'See docs/own-policies.md for the contract. Check the policy with testPolicy.';

/**
 * A program's own policy, in its own thread (docs/own-policies.md). With `decide` the caller's thread waits for each decision,
 * until the time limit. With `decideLater` it does not. It gets the list only if the list keeps every duty of a policy. The
 * policy sees copies of the input.
 *
 * After the first broken duty, error or timeout the policy is ejected: its thread ends, and every decision throws the same
 * error.
 */
export class OwnPolicy implements Policy {
  readonly name: string;
  readonly #operation: string;
  readonly #loaded: LoadedModule;
  readonly #answers: Int32Array;
  readonly #limitMs: number;
  readonly #check = new ListCheck();
  #ejected: MigrationError | undefined;
  #closed = false;

  private constructor(loaded: LoadedModule, answers: Int32Array, operation: string, limitMs: number) {
    this.name = loaded.name;
    this.#loaded = loaded;
    this.#answers = answers;
    this.#operation = operation;
    this.#limitMs = limitMs;
  }

  /**
   * @throws MigrationError ENOENT (no such module). EINVAL (it cannot be imported, its default export does not make a
   * policy, its name is one of pageferry's, or bad options). ETIMEDOUT (loading did not finish).
   */
  static async load(given: OwnPolicyOptions): Promise<OwnPolicy> {
    const { operation, limitMs = 5_000, loadLimitMs = 10_000 } = given;
    const { href, options } = checkModule(operation, 'policy', given.module, given.options);
    const answers = new SharedArrayBuffer(4 * ANSWER_WORDS);
    const data: Omit<PolicyThreadOptions, 'port'> = { module: href, options, answers };
    const loaded = await loadModule({
      thread: new URL('./thread.js', import.meta.url),
      name: 'policy',
      operation,
      advice: ADVICE,
      data,
      limitMs: loadLimitMs,
    });
    if ((POLICY_NAMES as readonly string[]).includes(loaded.name)) {
      await endThread(loaded.worker);
      const problem = `policy.module: ${href}: the name '${loaded.name}' is that of a policy of pageferry`;
      const advice = 'Give it a name of its own.';
      throw new MigrationError('EINVAL', problem, { operation, argument: 'policy.module', advice });
    }
    return new OwnPolicy(loaded, new Int32Array(answers), operation, limitMs);
  }

  /** The error for which the policy was ejected. */
  get ejected(): MigrationError | undefined {
    return this.#ejected;
  }

  /**
   * Appends nothing if it throws.
   * @throws MigrationError EINVAL if the list breaks a duty, or the policy throws. ETIMEDOUT if it does not decide in time.
   */
  decide(input: PolicyInput, moves: MoveSink): void {
    if (this.#ejected !== undefined) throw this.#ejected;
    const before = Atomics.load(this.#answers, ANSWERS);
    // From here on it answers, or its end does.
    const hasEnded = Atomics.load(this.#answers, ENDED) === 1;
    this.#loaded.port.postMessage({ input, fresh: false } satisfies PolicyRequest);
    const until = performance.now() + this.#limitMs;
    // The thread may wake this one late, for the answer before.
    while (!hasEnded && Atomics.load(this.#answers, ANSWERS) === before) {
      const leftMs = until - performance.now();
      if (leftMs > 0 && Atomics.wait(this.#answers, ANSWERS, before, leftMs) !== 'timed-out') continue;
      if (Atomics.load(this.#answers, ANSWERS) !== before) break;
      this.#eject('ETIMEDOUT', `did not decide within ${this.#limitMs} ms`);
    }
    this.#take(receiveMessageOnPort(this.#loaded.port)?.message, input, moves);
  }

  /**
   * As `decide`, but the caller's thread does not wait. It is not called again before it has decided.
   * @param fresh Whether the module makes a new policy first.
   * @returns whether it has decided. It has not if it was closed before.
   */
  async decideLater(input: PolicyInput, moves: MoveSink, fresh: boolean): Promise<boolean> {
    if (this.#ejected !== undefined) throw this.#ejected;
    if (this.#closed) return false;
    this.#loaded.port.postMessage({ input, fresh } satisfies PolicyRequest);
    const answer = await this.#answerOrLate();
    if (this.#closed) return false;
    if (answer === LATE) this.#eject('ETIMEDOUT', `did not decide within ${this.#limitMs} ms`);
    this.#take(answer, input, moves);
    return true;
  }

  /** The message of the thread. It does not keep the process alive. */
  #answerOrLate(): Promise<unknown> {
    const { port, exited, failure } = this.#loaded;
    return new Promise((resolve) => {
      const done = (answer: unknown): void => {
        clearTimeout(timer);
        port.off('message', done);
        resolve(answer);
      };
      const timer = setTimeout(() => done(LATE), this.#limitMs);
      timer.unref();
      port.on('message', done);
      port.unref();
      // A message that the thread has sent at its end may be lost (seen with Node 20).
      void exited.then((code) => {
        const problem = `its thread exited with code ${code}${because(failure())}`;
        done(receiveMessageOnPort(port)?.message ?? { problem });
      });
    });
  }

  /** Takes an answer, which can be anything. */
  #take(given: unknown, input: PolicyInput, moves: MoveSink): void {
    const { moves: pushed, problem } = (given ?? {
      problem: 'its thread has ended',
    }) as Partial<PolicyAnswer>;
    if (pushed === undefined && typeof problem === 'string') this.#eject('EINVAL', problem);
    const list = PushedMoves.from(pushed);
    if (list === undefined) this.#eject('EINVAL', 'its thread sent an unexpected message');
    const fault = this.#check.fault(input, list);
    if (fault !== undefined) this.#eject('EINVAL', fault);
    for (let i = 0; i < list.length; i++) {
      moves.push(
        list.unit(i),
        list.target(i),
        list.reason(i),
        list.priority(i),
        list.gainNs(i),
        list.costNs(i),
      );
    }
  }

  /** Ends its thread. */
  async close(): Promise<void> {
    this.#closed = true;
    await endThread(this.#loaded.worker);
  }

  #eject(code: 'EINVAL' | 'ETIMEDOUT', problem: string): never {
    this.#ejected = new MigrationError(code, `policy '${this.name}': ${problem}`, {
      operation: this.#operation,
      argument: 'policy',
      advice: ADVICE,
    });
    void endThread(this.#loaded.worker);
    throw this.#ejected;
  }
}
