import { dmaDeviceConformance } from '../conformance.js';
import { SHARED } from './bench.js';
import { subject } from './support/conformance-scenes.js';

dmaDeviceConformance(
  'idxd, where pages fault now and then,',
  subject({ ...SHARED, blockOnFault: true }, (random) => ({ bytes }) => {
    if (random(3) > 0) return { kind: 'copy' };
    return { kind: 'fault', bytes: random(bytes), write: random(2) === 0 };
  }),
);
