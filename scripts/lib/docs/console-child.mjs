// A process in a folder of sample files: reads lists of command lines and writes what each prints in a terminal of 92 columns.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { writeSamples } from './samples.mjs';

const { run } = await import(pathToFileURL(process.argv[2]).href);
await writeSamples();

/** What a command prints. */
async function says([program, ...args]) {
  const words = program === 'npx' ? args : [program, ...args];
  if (words[0] !== 'weightkit') throw new Error(`a console block runs weightkit, got ${words[0]}`);
  let text = '';
  const stream = (isTTY) => ({
    isTTY,
    columns: 92,
    write: (more) => {
      text += more;
    },
  });
  const env = { NO_COLOR: '1' };
  const { signal } = new AbortController();
  await run(words.slice(1), { stdout: stream(true), stderr: stream(false), env, signal, memory: () => 0 });
  return text.trim();
}

const outputs = [];
for (const commands of JSON.parse(readFileSync(0, 'utf8'))) {
  const block = [];
  for (const command of commands) block.push(await says(command));
  outputs.push(block);
}
process.stdout.write(JSON.stringify(outputs));
