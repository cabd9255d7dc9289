// Plain Node: every package by import, the saved models in stock TensorFlow.js, and by require.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeOf } from '../../scripts/lib/other-node.mjs';

const run = promisify(execFile);
const BANNER = /^=+\s+Hi, looks like you are running TensorFlow\.js in Node\.js\.[^\n]*\n=+$/m;

/** What a script prints, without tfjs's advertisement for tfjs-node; its errors are ours. */
export async function print(node, folder, script, ...args) {
  const { stdout } = await run(node, [join(folder, script), ...args], { cwd: folder, timeout: 120_000 });
  return stdout.replace(BANNER, '').trim();
}

async function imported(node, folder, name) {
  const out = join(folder, `out/${name}`);
  const lines = [
    await print(node, folder, 'node-esm/main.mjs', out),
    await print(node, folder, 'node-esm/reload.mjs', out),
  ];
  return lines.join('; ');
}

export const esm = ({ folder }) => imported(process.execPath, folder, 'node-esm');
export const commonjs = ({ folder }) => print(process.execPath, folder, 'commonjs/main.cjs');

/** The same by import and by require on another version of Node. */
export const onNode =
  (major) =>
  async ({ folder }) => {
    const { file, version } = nodeOf(major);
    const lines = [await imported(file, folder, `node-${major}`), await print(file, folder, 'commonjs/main.cjs')];
    return `${version}: ${lines.join('; ')}`;
  };
