import { reportsOf } from '../../autopilot/autopilots-of.js';
import type { AutopilotState } from '../messages.js';

/** Milliseconds between two reports of an autopilot. It acts about once a second. */
const PERIOD_MS = 1000;

/** The autopilots that a ferry has and has had. */
export function autopilotStates(ferry: object): readonly AutopilotState[] {
  return reportsOf(ferry).map(({ state, problem, policy, bytes, hugeBytes, predictedGainNs, ...report }) => ({
    state,
    problem,
    policy,
    policyProblem: report.policyError?.message ?? null,
    bytes,
    hugeBytes,
    predictedGainNs,
    cpuNs: report.cpuNs.watching + report.cpuNs.moving,
    waitNs: report.pauses.p999Ns,
    moves: report.moves,
    refused: report.refused.map(({ actuator, why, bytes }) => ({ actuator, why, bytes })),
    actuators: Object.entries(report.actuators).map(([name, { on, why }]) => ({ name, on, why })),
  }));
}

/** The same, computed once a second. */
export class AutopilotWatch {
  readonly #ferry: object;
  #states: readonly AutopilotState[];
  #at: number;

  constructor(ferry: object, now: number) {
    this.#ferry = ferry;
    this.#states = autopilotStates(ferry);
    this.#at = now;
  }

  at(now: number): readonly AutopilotState[] {
    if (now - this.#at < PERIOD_MS) return this.#states;
    this.#at = now;
    this.#states = autopilotStates(this.#ferry);
    return this.#states;
  }
}
