import { FALLBACK_CAUSES } from '../mm/fallback-cause.js';
import { BATCH_PHASES } from '../mm/ports/batch-observer.js';
import { MIGRATE_REASONS } from '../mm/reason.js';
import {
  A,
  AT,
  BATCH,
  BYTES,
  HEAD,
  kindOf,
  MIGRATION,
  MIGRATOR_ACTIONS,
  NS,
  nameOf,
  POLICY_ACTIONS,
  SHARE_OUTCOMES,
  slotOf,
  subOf,
} from './event-layout.js';
import type { FerryEvent } from './ferry-event.js';
import type { NameTable } from './name-table.js';

/** An event as it is in the ring. Both arrays share the same memory. */
export interface RawEvent {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export function decodeEvent({ words, doubles }: RawEvent, names: NameTable): FerryEvent {
  const head = words[HEAD]!;
  const sub = subOf(head);
  const slot = slotOf(head);
  const name = names.nameOf(nameOf(head));
  const at = doubles[AT]!;
  const ns = doubles[NS]!;
  const bytes = doubles[BYTES]!;
  const batch = words[BATCH]!;
  const migration = words[MIGRATION]!;
  // Their meaning depends on the kind.
  const a = words[A]!;
  const b = words[A + 1]!;
  const c = words[A + 2]!;
  const d = words[A + 3]!;
  const e = words[A + 4]!;
  const f = words[A + 5]!;
  switch (kindOf(head)) {
    case 'batch-begin':
      return { kind: 'batch-begin', at, batch, slot, migration, folios: a, pages: b };
    case 'phase':
      return {
        kind: 'phase',
        at,
        ns,
        phase: BATCH_PHASES[sub]!,
        batch,
        slot,
        migrator: name === '' ? undefined : name,
      };
    case 'batch': {
      const other = a - c - d;
      const cause = sub === 0 ? undefined : FALLBACK_CAUSES[sub - 1];
      const migrator = name === '' ? undefined : name;
      return {
        kind: 'batch',
        at,
        ns,
        batch,
        slot,
        migration,
        folios: a,
        pages: b,
        bytes,
        moved: c,
        failed: d,
        other,
        offloaded: e,
        fellBack: f,
        cause,
        migrator,
      };
    }
    case 'share-begin':
      return { kind: 'share-begin', at, lane: name, batch, bytes, pieces: a };
    case 'share':
      return { kind: 'share', at, ns, lane: name, batch, bytes, pieces: a, outcome: SHARE_OUTCOMES[sub]! };
    case 'migration-begin':
      return { kind: 'migration-begin', at, migration, ...targetOf(sub, a, b) };
    case 'migration':
      return { kind: 'migration', at, ns, migration, ...targetOf(sub, a, b), bytes, moved: c, failed: d };
    case 'migrator':
      return { kind: 'migrator', at, action: MIGRATOR_ACTIONS[sub]!, name };
    case 'policy':
      return { kind: 'policy', at, action: POLICY_ACTIONS[sub]!, name, why: names.nameOf(a) };
    case 'parameter':
      return { kind: 'parameter', at, path: name, value: names.nameOf(a) };
    case 'pool':
      return { kind: 'pool', at, node: a, bytesPooled: ns, bytesFree: bytes };
  }
}

function targetOf(reason: number, region: number, target: number) {
  return { region, reason: MIGRATE_REASONS[reason]!, target: target < 0 ? undefined : target };
}
