/** A point at which another thread of the simulated system could run. */
export type SimPoint =
  | 'isolate'
  | 'take'
  | 'protect'
  | 'unmap'
  | 'left'
  | 'flush'
  | 'copy'
  | 'map'
  | 'undo'
  | 'unprotect'
  | 'putback'
  | 'pause'
  | 'wait';
