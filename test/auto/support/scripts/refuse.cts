/** Preloaded: from now on the kernel refuses every userfaultfd of this process, with the errno that REFUSED_BY names. */
const koffi = require('koffi') as typeof import('koffi', { with: { 'resolution-mode': 'require' }});
const { constants } = process.getBuiltinModule('node:os');
const { isMainThread } = process.getBuiltinModule('node:worker_threads');

/** prctl(2), seccomp(2), bpf(4): include/uapi/linux/{prctl,seccomp,filter}.h. */
const [PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER] = [22, 38, 2];
const [RETURN_ERRNO, ALLOW] = [0x50000, 0x7fff0000];
const [LOAD, JUMP_EQUAL, RETURN] = [0x20, 0x15, 0x06];
/** Offsets in struct seccomp_data: the number of the call, and the lower half of its second argument. */
const [NUMBER, SECOND] = [0, 24];
const [USERFAULTFD, IOCTL] = process.arch === 'arm64' ? [282, 29] : [323, 16];
/** Of /dev/userfaultfd: include/uapi/linux/userfaultfd.h. */
const USERFAULTFD_IOC_NEW = 0xaa00;

const { REFUSED_BY } = process.env;
const refused = RETURN_ERRNO | constants.errno[REFUSED_BY as 'EPERM'];
const filter: readonly (readonly [code: number, yes: number, no: number, value: number])[] = [
  [LOAD, 0, 0, NUMBER],
  [JUMP_EQUAL, 3, 0, USERFAULTFD],
  [JUMP_EQUAL, 0, 3, IOCTL],
  [LOAD, 0, 0, SECOND],
  [JUMP_EQUAL, 0, 1, USERFAULTFD_IOC_NEW],
  [RETURN, 0, 0, refused],
  [RETURN, 0, 0, ALLOW],
];

function install(): void {
  const code = Buffer.alloc(filter.length * 8);
  filter.forEach(([operation, yes, no, value], i) => {
    code.writeUInt16LE(operation, i * 8);
    code.writeUInt8(yes, i * 8 + 2);
    code.writeUInt8(no, i * 8 + 3);
    code.writeUInt32LE(value, i * 8 + 4);
  });
  const libc = koffi.load(null);
  const prctl = libc.func(
    'int prctl(int option, unsigned long a, void *b, unsigned long c, unsigned long d)',
  );
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length);
  program.writeBigUInt64LE(BigInt(koffi.address(code)), 8);
  if (
    prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0) !== 0 ||
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) !== 0
  ) {
    throw new Error('this kernel has no seccomp filters');
  }
}

// Threads inherit it, and so do child processes.
if (isMainThread) install();
