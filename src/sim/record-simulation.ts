import type { RecordedPipeline, Recorder } from '../trace/recorder.js';

/** Makes what records the pipeline of a simulated machine, if anything. `now` is its virtual time, in nanoseconds. */
export type RecordPipeline = (now: () => number, about: RecordedPipeline) => Recorder | undefined;

/** The same for each of the simulated machines that an experiment builds, which have a name. */
export type RecordSimulation = (
  name: string,
  ...pipeline: Parameters<RecordPipeline>
) => Recorder | undefined;
