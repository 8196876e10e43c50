import { MigrationError } from '../common/migration-error.js';
import type { Ferry } from '../ferry/ferry.js';
import { OwnPolicy } from '../own-policies/own-policy.js';
import type { MoveSink } from '../policy/decided-moves.js';
import { createPolicy, type PolicyName } from '../policy/policies.js';
import type { Policy, PolicyInput } from '../policy/policy.js';
import { OPERATION, type OwnPolicyChoice } from './options.js';

/**
 * Decides by a policy of pageferry, or by the program's own one in its thread. The own one is loaded in the background. If it
 * fails, nothing is decided any more, and the error is in `problem`.
 */
export class Decider {
  readonly #ferry: Ferry;
  readonly #choice: PolicyName | OwnPolicyChoice;
  #policy: Policy | undefined;
  #own: OwnPolicy | undefined;
  #problem: MigrationError | undefined;
  #anew = false;
  #closed = false;

  constructor(ferry: Ferry, choice: PolicyName | OwnPolicyChoice) {
    this.#ferry = ferry;
    this.#choice = choice;
    if (typeof choice === 'string') this.#policy = createPolicy(choice);
    else void this.#load(choice);
  }

  /** The name of the policy. Null until the module of an own one is loaded. */
  get name(): string | null {
    return this.#policy?.name ?? this.#own?.name ?? null;
  }

  /** Why the own policy decides no more. */
  get problem(): MigrationError | undefined {
    return this.#problem;
  }

  /** Places of units have changed, so the policy has to learn from the beginning. */
  reset(): void {
    if (typeof this.#choice === 'string') this.#policy = createPolicy(this.#choice);
    else this.#anew = true;
  }

  /** Appends the moves. Returns whether it has decided. It has not while it is loaded, after it failed, and once it is closed. */
  async decide(input: PolicyInput, moves: MoveSink): Promise<boolean> {
    if (this.#policy !== undefined) {
      this.#policy.decide(input, moves);
      return true;
    }
    if (this.#own === undefined || this.#problem !== undefined) return false;
    try {
      const anew = this.#anew;
      this.#anew = false;
      return await this.#own.decideLater(input, moves, anew);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Ends the thread of an own policy, also while it decides. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#own?.close();
  }

  async #load({ href, options, limitMs }: OwnPolicyChoice): Promise<void> {
    try {
      const policy = await OwnPolicy.load({ module: href, options, limitMs, operation: OPERATION });
      if (this.#closed) {
        await policy.close();
        return;
      }
      this.#own = policy;
      this.#ferry.recordPolicy('load', policy.name, '');
    } catch (error) {
      if (!this.#closed) this.#fail(error);
    }
  }

  /** The memory stays where it is, and the program continues. */
  #fail(error: unknown): void {
    if (!(error instanceof MigrationError)) throw error;
    this.#problem = error;
    this.#ferry.recordPolicy('eject', this.#own?.name ?? '', error.problem);
    process.emitWarning(`the autopilot places no more memory: ${error.message}`, {
      code: 'PAGEFERRY_POLICY_EJECTED',
    });
  }
}
