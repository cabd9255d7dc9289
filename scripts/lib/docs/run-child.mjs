// A process that runs blocks one after another: TensorFlow.js is loaded once. Each message is the path of a module; the answer is
// what it printed, or how it failed.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [, , preload] = process.argv;
const { tf } = preload ? await import(pathToFileURL(preload).href) : {};
let lines = [];
let stray;
for (const name of ['log', 'info']) console[name] = (...values) => lines.push(format(...values));
console.warn = () => {};
process.on('unhandledRejection', (error) => {
  stray = error;
});

process.on('message', async ({ path }) => {
  [lines, stray] = [[], undefined];
  try {
    // The block before may have chosen another backend.
    if (tf && tf.getBackend() !== 'cpu') await tf.setBackend('cpu');
    await import(pathToFileURL(path).href);
    await new Promise((resolve) => setImmediate(resolve));
    if (stray) throw stray;
    process.send({ lines });
  } catch (error) {
    // A syntax error names no line of the block by itself.
    const code = error instanceof SyntaxError ? `\n${readFileSync(path, 'utf8')}` : '';
    process.send({ error: `${error?.stack ?? error}${code}` });
  }
});
process.send({ ready: true });
