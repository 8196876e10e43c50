/** The access sources in place, on a kernel that may have DAMON and idle page tracking. A source that it lacks is skipped. */
import '../../access/damon.test.js';
import '../../access/in-place.long.js';
import '../../access/in-place.test.js';
import '../../access/written.test.js';
