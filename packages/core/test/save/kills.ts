import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs-core';
import { plainNode } from '../../../../scripts/lib/plain-node.mjs';

type Files = typeof import('../../src/node.ts');

/** Artifacts whose topology and weights carry one number, so that a mixture shows. */
export const marked = (mark: number, length = 30_000): tf.io.ModelArtifacts => ({
  modelTopology: { mark },
  weightSpecs: [{ name: 'a/kernel', shape: [length], dtype: 'float32' }],
  weightData: new Float32Array(length).fill(mark).buffer,
});

/** The number that artifacts carry; throws where they are a mixture. */
export function markOf({ modelTopology, weightData }: tf.io.ModelArtifacts): number {
  const { mark } = modelTopology as { mark: number };
  for (const value of new Float32Array(weightData as ArrayBuffer))
    if (value !== mark) throw new Error(`weights of ${value} under a topology of ${mark}`);
  return mark;
}

/** What a child process runs, without tfjs: saves models 0, 1, 2, ... plus an offset to one JSON file until it is killed. */
const saver = (module: string, json: string, from: number, until: number): string => `
import { fileSystem } from ${JSON.stringify(pathToFileURL(module).href)};
const marked = ${marked};
console.log('begins');
for (let mark = ${from}; mark < ${until}; mark++) await fileSystem(${JSON.stringify(json)}).save(marked(mark));
`;

/** A folder with the sources as plain modules, and what starts a child there and waits until it begins to save. */
export async function children() {
  const folder = await mkdtemp(join(tmpdir(), 'weightkit-kills-'));
  const module = plainNode('packages/core/src/node.ts', join(folder, 'sources'));
  const out = join(folder, 'out');
  const start = async (json: string, from: number, until = 1e9) => {
    const script = join(folder, `saver-${from}.mjs`);
    await writeFile(script, saver(module, json, from, until));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    await Promise.race([ended, new Promise((begun) => child.stdout.once('data', begun))]);
    return { child, ended };
  };
  return { out, module, start, clear: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Saves in a child, kills it at a random moment and looks, so many times; then one save that ends.
 *
 * @returns how many of the children had saved anything
 */
export async function killAtRandom({ fileSystem }: Files, times: number): Promise<{ saved: number }> {
  const { out, start, clear } = await children();
  const json = join(out, 'a.json');
  let saved = 0;
  try {
    await fileSystem(json).save(marked(-1));
    let longest = 20;
    for (let i = 0; i < times; i++) {
      const before = markOf(await fileSystem(json).load());
      const { child, ended } = await start(json, i * 1e4);
      await new Promise((done) => setTimeout(done, longest * Math.random()));
      child.kill('SIGKILL');
      await ended;
      const after = markOf(await fileSystem(json).load());
      if (after !== before) {
        saved++;
        if (after < i * 1e4) throw new Error(`an older model, ${after}, came back after ${before}`);
      }
      // However long a save takes on this machine now, some kills come before the first has ended and some after.
      longest *= after === before ? 1.2 : 0.9;
    }
    await fileSystem(json).save(marked(-2));
    const names = (await readdir(out)).sort();
    if (names.length !== 2) throw new Error(`left after a save that ended: ${names.join(', ')}`);
    return { saved };
  } finally {
    await clear();
  }
}
