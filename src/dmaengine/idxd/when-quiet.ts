const FIRST_DELAY_MS = 1;
const LONGEST_DELAY_MS = 64;

/**
 * Resolves once `quiet` returns true. Calls it now, then from a timer with growing delays. The timer does not keep the
 * process alive. When the process ends, the kernel waits for the device itself before it takes the memory back
 * (idxd_cdev_release in drivers/dma/idxd/cdev.c).
 */
export function whenQuiet(quiet: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let delay = FIRST_DELAY_MS;
    const ask = () => {
      if (quiet()) {
        resolve();
        return;
      }
      setTimeout(ask, delay).unref();
      delay = Math.min(2 * delay, LONGEST_DELAY_MS);
    };
    ask();
  });
}
