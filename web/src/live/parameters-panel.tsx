import type { ParameterState } from '../../../src/dashboard/messages.js';
import { Panel } from '../ui/panel.js';
import { ParameterRow } from './parameter-row.js';

/** The tree of parameters, as it is in the kernel's sysfs: a folder for each module. */
export function ParametersPanel({ parameters }: { readonly parameters: readonly ParameterState[] }) {
  const folders = new Map<string, ParameterState[]>();
  for (const parameter of parameters) {
    const folder = parameter.path.slice(0, parameter.path.lastIndexOf('/'));
    folders.set(folder, [...(folders.get(folder) ?? []), parameter]);
  }
  return (
    <Panel title="Parameters" note="as in sysfs; changed here, in the program, or by pageferry param">
      <div class="folders">
        {[...folders].map(([folder, inside]) => (
          <section key={folder} aria-label={folder}>
            <h3>
              <code>{folder}/</code>
            </h3>
            <ul class="parameters">
              {inside.map((parameter) => (
                <ParameterRow key={parameter.path} parameter={parameter} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Panel>
  );
}
