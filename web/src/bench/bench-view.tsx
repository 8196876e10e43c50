import type { LiveModel } from '../model/live-model.js';
import { Panel } from '../ui/panel.js';
import { MoveResults } from './move-results.js';
import { isMoveReport, isStallReport } from './reports.js';
import { RunPanel } from './run-panel.js';
import { StallResults } from './stall-results.js';
import { useReport } from './use-report.js';
import './bench.css';

/** Benches run from the page, and what they found beside what the RFC has published. */
export function BenchView({ model }: { readonly model: LiveModel }) {
  const { state, report } = useReport(model);
  if (!model.canBench) {
    return (
      <Panel title="Bench">
        <p>
          A ferry in a program does not start benches. <code>pageferry serve</code> runs benches from its
          page, and <code>pageferry bench</code> in a terminal.
        </p>
      </Panel>
    );
  }
  return (
    <>
      <h1 class="visually-hidden">Bench: measured on this host</h1>
      <RunPanel state={state} model={model} />
      {isMoveReport(report) && <MoveResults report={report} />}
      {isStallReport(report) && <StallResults report={report} />}
      {report === null && state?.status !== 'running' && <MoveResults report={undefined} />}
    </>
  );
}
