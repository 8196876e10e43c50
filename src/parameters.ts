/** `pageferry/parameters`: a ferry's parameters for other processes, over a Unix socket. */
export { serveParameters } from './ferry/serve-parameters.js';
export type { ParameterServer } from './parameters/socket/parameter-server.js';
