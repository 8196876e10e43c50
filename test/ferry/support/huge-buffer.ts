import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Ferry, Region } from '../../../src/index.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { HUGE, MIB, withFerry } from './fixture.js';
import { PageTables } from './pages.js';
import { advise, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from './system-calls.js';

export interface HugeBuffer {
  readonly ferry: Ferry;
  readonly region: Region<SharedArrayBuffer>;
  readonly crew: Crew;
  /** Address of its first byte. */
  readonly address: number;
  /** Offset of its first naturally aligned 2 MiB, and how many there are. */
  readonly first: number;
  readonly chunks: number;
  /** Bytes that are on huge pages now. */
  hugeBytes(): number;
}

/**
 * Runs `use` with an adopted buffer, on huge pages or on small ones, that threads add to and read (unless `idle`);
 * afterwards every addition must be there. Skips on a host without transparent huge pages.
 */
export async function withHugeBuffer(
  t: TestContext,
  options: { readonly folioSize: number; readonly huge: boolean; readonly idle?: boolean },
  use: (world: HugeBuffer) => Promise<void>,
): Promise<void> {
  const tables = new PageTables();
  // Beyond what malloc keeps for itself when it is freed: pages that are none of an earlier buffer's.
  const buffer = new SharedArrayBuffer(40 * MIB);
  const address = tables.addressOf(buffer);
  const start = Math.ceil(address / HUGE) * HUGE;
  const chunks = Math.floor((address + buffer.byteLength - start) / HUGE);
  advise(start, chunks * HUGE, options.huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  fillCounters(buffer);
  const hugeBytes = () => tables.hugeBytes(buffer);
  try {
    if (options.huge && hugeBytes() < chunks * HUGE) {
      t.skip('this host gives no transparent huge pages now');
      return;
    }
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(buffer, { folioSize: options.folioSize });
      const idle = options.idle === true;
      const crew = await Crew.start(
        buffer,
        idle ? [] : [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }],
      );
      try {
        await use({ ferry, region, crew, address, first: start - address, chunks, hugeBytes });
      } finally {
        const [one = 0, two = 0] = await crew.stop();
        if (!idle) assert.equal(countersAdded(buffer), one + two);
      }
    });
  } finally {
    tables.close();
  }
}
