import { Panel } from '../ui/panel.js';

export function LiveView() {
  return <Panel title="Live">Connecting…</Panel>;
}
