/** To be imported first: what follows may take hours. setTimeout's longest, as the watchdog waits no longer. */
Object.assign(process.env, { PAGEFERRY_WATCHDOG_MS: String(2 ** 31 - 1) });
