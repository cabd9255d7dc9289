#!/usr/bin/env node
// The process around the command: its streams, Ctrl-C and the exit code.
import process from 'node:process';
import type { TextStream } from './program/host.ts';
import { run } from './program/run.ts';

const stop = new AbortController();
process.on('SIGINT', () => {
  // A second time it ends at once.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});

/** The stream that could not be written ends the command: a reader that has enough is no error, a full disk is one. */
function textStream(stream: NodeJS.WriteStream): TextStream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (stream === process.stdout) process.stderr.write(`weightkit: cannot write the output: ${error.message}\n`);
    process.exit(3);
  });
  return { write: (text) => void stream.write(text), isTTY: stream.isTTY ?? false, columns: stream.columns };
}

process.exitCode = await run(process.argv.slice(2), {
  stdout: textStream(process.stdout),
  stderr: textStream(process.stderr),
  env: process.env,
  signal: stop.signal,
  memory: () => process.memoryUsage().rss,
});
