import { Panel } from '../ui/panel.js';

export function BenchView() {
  return <Panel title="Bench">Connecting…</Panel>;
}
