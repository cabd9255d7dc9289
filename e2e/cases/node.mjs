// Plain Node: every package by import, the saved models in stock TensorFlow.js, and by require.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BANNER = /^=+\s+Hi, looks like you are running TensorFlow\.js in Node\.js\.[^\n]*\n=+$/m;

/** What a script prints, without tfjs's advertisement for tfjs-node; its errors are ours. */
async function print(folder, script, ...args) {
  const { stdout } = await run(process.execPath, [join(folder, script), ...args], { cwd: folder, timeout: 120_000 });
  return stdout.replace(BANNER, '').trim();
}

export async function esm({ folder }) {
  const out = join(folder, 'out/node-esm');
  const lines = [await print(folder, 'node-esm/main.mjs', out), await print(folder, 'node-esm/reload.mjs', out)];
  return lines.join('; ');
}

export const commonjs = ({ folder }) => print(folder, 'commonjs/main.cjs');
