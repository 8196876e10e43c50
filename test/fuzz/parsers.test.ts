import { fuzzTests } from './support/fuzz-tests.js';
import { COMMAND_LINE_TARGETS } from './targets/command-line.js';
import { DESCRIPTOR_TARGETS } from './targets/descriptors.js';
import { KERNEL_FILE_TARGETS } from './targets/kernel-files.js';
import { MODULE_TARGETS } from './targets/modules.js';
import { PARAMETER_TARGETS } from './targets/parameters.js';

fuzzTests([
  ...MODULE_TARGETS,
  ...PARAMETER_TARGETS,
  ...COMMAND_LINE_TARGETS,
  ...DESCRIPTOR_TARGETS,
  ...KERNEL_FILE_TARGETS,
]);
