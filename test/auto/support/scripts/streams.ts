/** Copies its input to its output, and prints what it was started with. */
let text = '';
process.stdin.setEncoding('utf8').on('data', (part: string) => {
  text += part;
});
process.stdin.on('end', () => {
  process.stdout.write(text);
  const { argv, argv0, title, ppid } = process;
  const { MARK: mark } = process.env;
  console.error(JSON.stringify({ arguments: argv.slice(2), argv0, title, ppid, mark }));
});
