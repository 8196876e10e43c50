/** What a command tells the process that has started it with a channel for messages: see progress.ts. */
export interface ProgressMessage {
  readonly progress: { readonly done: number; readonly total: number };
}

export function isProgressMessage(message: unknown): message is ProgressMessage {
  const { progress } = Object(message) as Partial<ProgressMessage>;
  return Number.isFinite(progress?.done) && Number.isFinite(progress?.total);
}
