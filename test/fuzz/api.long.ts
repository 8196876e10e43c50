import { fuzzTests } from './support/fuzz-tests.js';
import { API_TARGETS } from './targets/api.js';

fuzzTests(API_TARGETS);
