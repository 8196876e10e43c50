import { DEEP } from '../deep.js';
import { dmaDeviceConformance } from '../dmaengine/conformance.js';
import { open } from './support/sim-device-scenes.js';

dmaDeviceConformance('the simulated device', () => open(0, false));

if (DEEP) dmaDeviceConformance('the simulated device that reorders', () => open(0, true));
