import { useState } from 'preact/hooks';
import { COPY_MODES, type CopyMode } from '../../../src/mm/copy-mode.js';
import { figureOf, withFigures } from '../../../src/sim/profile/with-figures.js';
import { CheckField, NumberField, RangeField, SelectField } from '../ui/field.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { FigureFields } from './figure-fields.js';
import { type LabMachine, maxChannels, profileOf } from './lab-machine.js';
import { LoadButton } from './load-button.js';
import { type NamedProfile, PROFILES, profileFromFile } from './profiles.js';

interface MachinePanelProps {
  readonly machine: LabMachine;
  readonly onChange: (machine: LabMachine) => void;
}

const SEGMENTS = [4096, 16_384, 65_536, 262_144, 1_048_576, 2_097_152, 4_194_304];
const SETUP_NS = 30_000;
const COPY_MODE_TEXTS: Readonly<Record<CopyMode, string>> = {
  exclusive: 'exclusive: readers wait',
  'write-protected': 'write-protected: readers continue',
};

/** Which machine is simulated: all panels of the lab run on it. */
export function MachinePanel({ machine, onChange }: MachinePanelProps) {
  const [own, setOwn] = useState<NamedProfile>();
  const [refused, setRefused] = useState<string>();
  const { base, changes } = machine;
  const profile = profileOf(machine);
  const set = (path: string, value: number) => {
    const { [path]: _, ...rest } = changes;
    const wanted = value === figureOf(base.profile, path) ? rest : { ...rest, [path]: value };
    const { channels } = machine;
    const max = Math.max(1, Math.min(16, withFigures(base.profile, wanted).dma.channels));
    onChange({ ...machine, changes: wanted, channels: Math.min(channels, max) });
  };
  const take = (chosen: NamedProfile) => {
    const channels = Math.max(1, Math.min(machine.channels, chosen.profile.dma.channels));
    onChange({ ...machine, base: chosen, changes: {}, channels });
  };
  const load = async (file: File) => {
    const read = await profileFromFile(file);
    setRefused(typeof read === 'string' ? read : undefined);
    if (typeof read === 'string') return;
    setOwn(read);
    take(read);
  };
  const known = own === undefined ? PROFILES : [...PROFILES, own];
  const max = maxChannels(machine);
  const { descriptorNs, iommu, maxSegmentBytes } = profile.dma;
  const segments = [...new Set([...SEGMENTS, maxSegmentBytes])].sort((a, b) => a - b);
  return (
    <Panel
      title="The machine"
      note="Simulated in this page, in virtual time: same seed, same nanoseconds as on the command line."
      aside={
        Object.keys(changes).length > 0 && (
          <button type="button" onClick={() => onChange({ ...machine, changes: {} })}>
            As in the profile
          </button>
        )
      }
    >
      <div class="fields machine">
        <SelectField
          label="Profile"
          value={base.name}
          options={known.map(({ name }) => name)}
          onChange={(name) => take(known.find((each) => each.name === name)!)}
        />
        <LoadButton text="Load a profile…" onLoad={(file) => void load(file)} />
        <RangeField
          label="Setup of a descriptor"
          min={0}
          max={Math.max(SETUP_NS, descriptorNs)}
          step={5}
          value={descriptorNs}
          text={(ns) => `${formatCount(ns)} ns`}
          onChange={(ns) => set('dma.descriptorNs', ns)}
        />
        <CheckField
          label="IOMMU merges pages"
          checked={iommu === 1}
          onChange={(on) => set('dma.iommu', on ? 1 : 0)}
        />
        <SelectField
          label="Largest merge"
          disabled={iommu === 0}
          value={String(maxSegmentBytes)}
          options={segments.map((bytes) => ({ value: String(bytes), text: formatBytes(bytes) }))}
          onChange={(bytes) => set('dma.maxSegmentBytes', Number(bytes))}
        />
        <RangeField
          label="DMA channels"
          min={1}
          max={Math.max(1, max)}
          disabled={max < 1}
          value={machine.channels}
          onChange={(channels) => onChange({ ...machine, channels })}
        />
        <RangeField
          label="Hogs"
          hint="compete for the CPU"
          min={0}
          max={4}
          value={machine.hogs}
          onChange={(hogs) => onChange({ ...machine, hogs })}
        />
        <SelectField
          label="Copy mode"
          value={machine.copyMode}
          options={COPY_MODES.map((value) => ({ value, text: COPY_MODE_TEXTS[value] }))}
          onChange={(copyMode) => onChange({ ...machine, copyMode })}
        />
        <NumberField
          label="Seed"
          min={0}
          max={2 ** 32 - 1}
          value={machine.seed}
          onChange={(seed) => onChange({ ...machine, seed })}
        />
      </div>
      {refused !== undefined && (
        <p class="problem" role="alert">
          <strong>Refused:</strong> {refused}
        </p>
      )}
      <FigureFields
        profile={profile}
        changes={changes}
        onChange={set}
        description={base.profile.description}
      />
    </Panel>
  );
}
