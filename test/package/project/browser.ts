import { simulate } from './simulate.js';

// The page of this test is a JavaScript engine without anything of Node.
(globalThis as { simulated?: number }).simulated = simulate();
