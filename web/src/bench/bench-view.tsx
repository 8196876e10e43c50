import type { LiveModel } from '../model/live-model.js';
import { Panel } from '../ui/panel.js';

export function BenchView(_: { readonly model: LiveModel }) {
  return <Panel title="Bench">Connecting…</Panel>;
}
