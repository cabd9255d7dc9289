import { HELP, parseOptions } from './options.ts';

/** Runs the tour for a command line; the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const { tour } = await import('./tour.ts');
  await tour(options, { signal: stop.signal, stream: process.stdout });
  return 0;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: Error) => {
    const stopped = error.name === 'AbortError';
    console.error(stopped ? '\nStopped. Nothing was written.' : `\n${error.message}`);
    process.exit(stopped ? 130 : 1);
  },
);
