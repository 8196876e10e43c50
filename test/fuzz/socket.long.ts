import { fuzzTests } from './support/fuzz-tests.js';
import { SOCKET_TARGETS } from './targets/socket.js';

fuzzTests(SOCKET_TARGETS);
