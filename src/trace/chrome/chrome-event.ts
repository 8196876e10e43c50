/** Values that an event shows when it is selected. */
export type ChromeArguments = Readonly<Record<string, string | number>>;

/**
 * An event of the Trace Event Format (which Perfetto and chrome://tracing load). The kinds are `X` a span, `B` one that had
 * not ended, `i` a moment, `C` counters, and `M` the name of a process or thread.
 * @see {@link Ferry.trace} for an example
 */
export interface ChromeEvent {
  /** The name of the event in the trace. */
  readonly name: string;
  /** The kind of event: see above. */
  readonly ph: 'X' | 'B' | 'i' | 'C' | 'M';
  /** Microseconds since the beginning of the trace, to the nanosecond. */
  readonly ts: number;
  /** Microseconds. `X` only. */
  readonly dur?: number;
  /** Number of its process in the trace. */
  readonly pid: number;
  /** Number of its row in that process. */
  readonly tid: number;
  /** The owner of a moment: its thread (`t`) or its process (`p`). */
  readonly s?: 't' | 'p';
  /** Values that the event shows when it is selected. */
  readonly args?: ChromeArguments;
}

/**
 * A trace: `JSON.stringify` of it is what Perfetto loads.
 * @see {@link Ferry.trace} for an example
 */
export interface ChromeTrace {
  /** The events, sorted by time. */
  readonly traceEvents: readonly ChromeEvent[];
  /** How Perfetto shows times. */
  readonly displayTimeUnit: 'ns';
  /** Facts about the trace as a whole. */
  readonly otherData: ChromeArguments & {
    /** Events that were overwritten before they were read. */
    readonly events_lost: number;
    /** Events beyond the maximum number. */
    readonly events_not_kept: number;
  };
}
