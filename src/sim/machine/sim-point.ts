/** Where another thread of the simulated system could run. */
export type SimPoint =
  | 'isolate'
  | 'take'
  | 'guard'
  | 'unmap'
  | 'left'
  | 'flush'
  | 'copy'
  | 'map'
  | 'restore'
  | 'unguard'
  | 'putback'
  | 'pause'
  | 'wait';
