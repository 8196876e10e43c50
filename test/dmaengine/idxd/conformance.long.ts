import { DEEP } from '../../deep.js';
import { dmaDeviceConformance } from '../conformance.js';
import { DEDICATED, SHARED } from './bench.js';
import { subject } from './support/conformance-scenes.js';

if (DEEP) {
  dmaDeviceConformance('idxd, a shared queue,', subject(SHARED));
  dmaDeviceConformance('idxd, a dedicated queue of 128 entries,', subject({ ...DEDICATED, entries: 128 }));
}

dmaDeviceConformance('idxd, a queue of one entry,', subject({ ...SHARED, entries: 1 }));
