/** Prints `ready`, and again after each signal that its arguments name. The last of them is not handled. */
const signals = process.argv.slice(2) as NodeJS.Signals[];
const alive = setInterval(() => undefined, 1000);
for (const signal of signals.slice(0, -1)) process.on(signal, () => console.log('got', signal, 'ready'));
process.on('exit', () => clearInterval(alive));
console.log('ready');
