import type { Recorder } from '../trace/recorder.js';

/**
 * Asked for each simulated machine that an experiment builds: what is to record its pipeline, if anything. `now` is its
 * virtual time, in nanoseconds.
 */
export type RecordSimulation = (name: string, now: () => number) => Recorder | undefined;
