/** To be imported before the command: a kernel whose base pages have 64 KiB, as far as the C library says. */
import { libc } from '../../../src/linux/sys/libc.js';

const c = libc();
const { sysconf } = c;
const SC_PAGESIZE = 30;
c.sysconf = (name) => (name === SC_PAGESIZE ? 65_536 : sysconf(name));
