import { dmaDeviceConformance } from '../dmaengine/conformance.js';
import { open } from './support/sim-device-scenes.js';

dmaDeviceConformance('the simulated device behind an IOMMU', () => open(1, true));
