import type { RecordedPipeline, Recorder } from '../trace/recorder.js';

/** Makes the recorder of a simulated machine's pipeline, if any. @param now Its virtual time, in nanoseconds. */
export type RecordPipeline = (now: () => number, about: RecordedPipeline) => Recorder | undefined;

/** Makes the recorder of each named machine of an experiment. */
export type RecordSimulation = (
  name: string,
  ...pipeline: Parameters<RecordPipeline>
) => Recorder | undefined;
