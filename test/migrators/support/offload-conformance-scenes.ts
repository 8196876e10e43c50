import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../../src/common/random.js';
import { migratorChecks } from '../../../src/migrator.js';
import { DcbmMigrator } from '../../../src/migrators/dcbm/dcbm.js';
import { MtcopyMigrator } from '../../../src/migrators/mtcopy/mtcopy.js';
import type { CopyPort } from '../../../src/mm/ports/machine.js';
import type { Migrator } from '../../../src/offload/migrator.js';
import { FakeCopyTeam } from '../fake-copy-team.js';
import type { Copier } from '../fake-dma-channel.js';
import { FakeDmaDevice } from '../fake-dma-device.js';
import { apart, FakeIommu, type FakeMapper, together } from '../fake-iommu.js';

/** What the kit's frames are called by a device: it has no addresses, and only whole frames can be copied. */
const FRAME = 4096;

const timeoutMs = () => 60_000;

/** Lets devices and teams copy through the port of the batch that is being started. */
function throughPort(make: (port: () => CopyPort) => Migrator): Migrator {
  let current: CopyPort | undefined;
  const inner = make(() => current!);
  return {
    name: inner.name,
    owner: inner.owner!,
    offloadCopy(list, port) {
      current = port;
      return inner.offloadCopy(list, port);
    },
    startCopy(list, port) {
      current = port;
      return inner.startCopy!(list, port);
    },
  };
}

/** Copies frame by frame, up to the first that cannot be read. */
function frameCopier(port: CopyPort, mapper: FakeMapper): Copier {
  return (dst, src, bytes) => {
    for (let done = 0; done < bytes; done += FRAME) {
      const [to, from] = [mapper.frameOf((dst + done) / FRAME), mapper.frameOf((src + done) / FRAME)];
      if (port.copyFrames(to, from, 1) !== 0) return done;
    }
    return bytes;
  };
}

function dcbm(channels: number, mapper: FakeMapper, maxBytes: number): Migrator {
  return throughPort((port) => {
    const device = new FakeDmaDevice({
      channels,
      capacity: 4096,
      maxBytes,
      random: seededRandom(channels),
      copier: () => frameCopier(port(), mapper),
    });
    device.have(channels);
    return new DcbmMigrator({
      device,
      mapper,
      pageBytes: FRAME,
      channels: () => channels,
      timeoutMs,
      minBytes: 0,
    });
  });
}

function mtcopy(seed: number | undefined): Migrator {
  return throughPort((port) => {
    const team = new FakeCopyTeam({
      ...(seed === undefined ? {} : { random: seededRandom(seed) }),
      copier: () => {
        const bound = port();
        return (dst, src, pages) => bound.copyFrames(dst, src, pages);
      },
    });
    return new MtcopyMigrator({ team, pageBytes: FRAME, timeoutMs });
  });
}

/** One frame that cannot be read ends a descriptor or a piece, and others were in it: see their own tests. */
const MERGES = /^loses only/;

const NONE = /^$/;

export const OURS: readonly (readonly [name: string, skip: RegExp, make: () => Migrator])[] = [
  ['dcbm, one channel, nothing merged', NONE, () => dcbm(1, new FakeIommu(FRAME, apart), 2 ** 30)],
  ['dcbm, 5 channels, nothing merged', NONE, () => dcbm(5, new FakeIommu(FRAME, apart), 2 ** 30)],
  ['dcbm, 16 channels, all merged', MERGES, () => dcbm(16, new FakeIommu(FRAME, together), 2 ** 30)],
  [
    'dcbm, 3 channels, this and that merged, descriptors of 3 frames',
    MERGES,
    () => dcbm(3, FakeIommu.random(FRAME, seededRandom(3)), 3 * FRAME),
  ],
  ['mtcopy, with helpers', MERGES, () => mtcopy(7)],
  ['mtcopy, all by itself', MERGES, () => mtcopy(undefined)],
];

export function keepsContract(cases: readonly (typeof OURS)[number][]): void {
  for (const [name, skip, make] of cases) {
    describe(`${name} keeps the contract of a migrator`, () => {
      const checks = migratorChecks(make).filter((check) => !skip.test(check.name));
      for (const check of checks) {
        test(check.name, async () => {
          assert.equal(await check.run(), 'passed');
        });
      }
    });
  }
}
