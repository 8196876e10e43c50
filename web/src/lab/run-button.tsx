import type { LabRun } from './use-lab-run.js';

interface RunButtonProps extends Pick<LabRun, 'running' | 'cancel'> {
  readonly start: () => void;
}

/** At the right of a panel's title: simulates once more; while it does, ends that. */
export function RunButton({ running, start, cancel }: RunButtonProps) {
  return running ? (
    <button type="button" class="stop" onClick={cancel}>
      Cancel
    </button>
  ) : (
    <button type="button" onClick={start}>
      Run again
    </button>
  );
}
