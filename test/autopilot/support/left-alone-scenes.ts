import { OPTIONS } from './known-pilot.js';

export const FREQUENCY = { ...OPTIONS, policy: 'frequency' } as const;
