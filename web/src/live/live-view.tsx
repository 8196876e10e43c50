import type { LiveModel } from '../model/live-model.js';
import { AutopilotPanel } from './autopilot-panel.js';
import { FailuresPanel } from './failures-panel.js';
import { HeatPanel } from './heat-panel.js';
import { KeyFigures } from './key-figures.js';
import { MigratePanel } from './migrate-panel.js';
import { MigratorPanel } from './migrator-panel.js';
import { ParametersPanel } from './parameters-panel.js';
import { PoolsPanel } from './pools-panel.js';
import { ThroughputPanel } from './throughput-panel.js';
import { TimelinePanel } from './timeline-panel.js';
import { WaitsPanel } from './waits-panel.js';
import './live.css';

/** What a ferry does, as it does it; what is watched at the left, what is steered at the right. */
export function LiveView({ model }: { readonly model: LiveModel }) {
  return (
    <>
      <h1 class="visually-hidden">Live: what this ferry does</h1>
      <KeyFigures model={model} />
      <div class="columns">
        <div class="stack">
          <ThroughputPanel history={model.history} />
          <TimelinePanel window={model.timeline} />
          <div class="pair">
            <WaitsPanel program={model.program} />
            <FailuresPanel model={model} />
          </div>
          {model.autopilots.map((autopilot, i) => (
            <AutopilotPanel key={String(i)} autopilot={autopilot} />
          ))}
          <HeatPanel model={model} />
        </div>
        <div class="stack">
          <MigratePanel model={model} />
          <MigratorPanel active={model.activeMigrator} />
          <PoolsPanel nodes={model.nodes} />
        </div>
      </div>
      <ParametersPanel parameters={model.parameters} />
    </>
  );
}
