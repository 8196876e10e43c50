import { zen3 } from '../profiles.js';

export const SETTINGS = { profile: zen3(), seed: 1, hugePages: 64, cluster: 32 };
