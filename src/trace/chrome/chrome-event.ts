/** Values that an event shows when it is selected. */
export type ChromeArguments = Readonly<Record<string, string | number>>;

/**
 * An event of the Trace Event Format (which Perfetto and chrome://tracing load): `X` a span, `B` one that had not ended, `i`
 * a moment, `C` counters, `M` the name of a process or thread.
 */
export interface ChromeEvent {
  readonly name: string;
  readonly ph: 'X' | 'B' | 'i' | 'C' | 'M';
  /** Microseconds since the beginning of the trace, to the nanosecond. */
  readonly ts: number;
  /** Microseconds; `X` only. */
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  /** Of a moment: whether it belongs to its thread (`t`) or to its process (`p`). */
  readonly s?: 't' | 'p';
  readonly args?: ChromeArguments;
}

/** A trace: `JSON.stringify` of it is what Perfetto loads. */
export interface ChromeTrace {
  readonly traceEvents: readonly ChromeEvent[];
  readonly displayTimeUnit: 'ns';
  /** About the whole: which clock, what was lost. */
  readonly otherData: ChromeArguments;
}
