import type { HardwareProfile } from 'pageferry/sim' with { 'resolution-mode': 'import' };

/** Each profile of this folder. CommonJS, as a JSON file has only what `module.exports` or a default import gives. */
declare const profile: HardwareProfile;
export = profile;
