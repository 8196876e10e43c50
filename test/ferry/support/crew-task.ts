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

/** Words of the control buffer: the flags to stop and to begin, how many threads are ready, then the operations of each. */
export const CREW_STOP = 0;
export const CREW_BEGIN = 1;
export const CREW_READY = 2;
export const CREW_OPERATIONS = 3;
