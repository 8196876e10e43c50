import { Panel } from '../ui/panel.js';

/** The simulated machine, in a worker of this page. */
export function LabView() {
  return <Panel title="Lab">…</Panel>;
}
