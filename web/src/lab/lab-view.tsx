import { useState } from 'preact/hooks';
import { BreakevenPanel } from './breakeven-panel.js';
import { FIRST_MACHINE, type LabMachine } from './lab-machine.js';
import { MachinePanel } from './machine-panel.js';
import { RacePanel } from './race-panel.js';
import { SurfacePanel } from './surface-panel.js';
import { SweepPanel } from './sweep-panel.js';
import { TieringPanel } from './tiering-panel.js';
import { ZonePanel } from './zone-panel.js';
import './lab.css';

/** The simulated machine, in workers of this page. */
export function LabView() {
  const [machine, setMachine] = useState<LabMachine>(FIRST_MACHINE);
  return (
    <>
      <h1 class="visually-hidden">Lab: the simulated machine</h1>
      <MachinePanel machine={machine} onChange={setMachine} />
      <SurfacePanel machine={machine} />
      <BreakevenPanel machine={machine} />
      <SweepPanel machine={machine} />
      <TieringPanel machine={machine} />
      <ZonePanel machine={machine} />
      <RacePanel machine={machine} />
    </>
  );
}
