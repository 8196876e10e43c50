import type { ActuatorName, AutopilotMoves, AutopilotRefusals } from './autopilot.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts moves and refusals by reason. */
export class Ledger {
  readonly #moves = new Map<string, Writable<AutopilotMoves>>();
  readonly #refused = new Map<string, Writable<AutopilotRefusals>>();
  readonly #pingPongs = { units: 0, bytes: 0 };
  predictedGainNs = 0;
  hugeBytes = 0;

  moved(move: AutopilotMoves): void {
    const key = [move.actuator, move.policy, move.reason, move.from, move.to].join();
    const sum = this.#moves.get(key);
    if (sum === undefined) {
      this.#moves.set(key, { ...move });
      return;
    }
    sum.calls += move.calls;
    sum.bytes += move.bytes;
  }

  refused(actuator: ActuatorName, why: string, units: number, bytes: number): void {
    const key = `${actuator},${why}`;
    const sum = this.#refused.get(key);
    if (sum === undefined) {
      this.#refused.set(key, { actuator, why, units, bytes });
      return;
    }
    sum.units += units;
    sum.bytes += bytes;
  }

  pingPong(bytes: number): void {
    this.#pingPongs.units++;
    this.#pingPongs.bytes += bytes;
  }

  get moves(): readonly AutopilotMoves[] {
    return [...this.#moves.values()].map((move) => ({ ...move }));
  }

  get refusals(): readonly AutopilotRefusals[] {
    return [...this.#refused.values()].map((refusal) => ({ ...refusal }));
  }

  get pingPongs(): { readonly units: number; readonly bytes: number } {
    return { ...this.#pingPongs };
  }
}
