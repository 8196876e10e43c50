/** What a thread of the crew does with the memory. */
export type CrewRole =
  | { readonly kind: 'write' }
  | { readonly kind: 'read' }
  | { readonly kind: 'touch'; readonly pages: readonly number[] }
  | { readonly kind: 'advise'; readonly advices: readonly number[] };

export interface CrewTask {
  readonly index: number;
  readonly role: CrewRole;
  readonly memory: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

/** Words of the control buffer: the stop flag, then one count of operations for each thread. */
export const CREW_STOP = 0;
export const CREW_OPERATIONS = 1;
