// The command from its tarball in a folder of its own, on every supported Node, on models that stock TensorFlow.js has saved and
// reads again afterwards, and on one that people have.
import { execFile } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeOf } from '../../scripts/lib/other-node.mjs';
import { installAlone } from '../lib/install.mjs';
import { print } from './node.mjs';

const run = promisify(execFile);
const apps = fileURLToPath(new URL('../apps/command', import.meta.url));

/** An image upscaler of 901 kB, published as a LayersModel. */
const published = fileURLToPath(new URL('../node_modules/@upscalerjs/default-model/models', import.meta.url));

export async function command({ folder, tarballs }) {
  const out = join(folder, 'out/command');
  await print(process.execPath, folder, 'files/save.mjs', out);
  return installAlone(tarballs, ['weightkit'], async (alone) => {
    if (existsSync(join(alone, 'node_modules/@tensorflow')))
      throw new Error('e2e: weightkit must not bring @tensorflow');
    cpSync(apps, join(alone, 'command'), { recursive: true });
    const shell = process.platform === 'win32';
    const { stdout: version } = await run('npx', ['--no-install', 'weightkit', '--version'], { cwd: alone, shell });
    const nodes = [process.execPath, ...[22, 24].map((major) => nodeOf(major).file)];
    const said = [];
    for (const [i, node] of nodes.entries()) {
      const made = join(out, `made-${i}`);
      said.push(await print(node, alone, 'command/use.mjs', out, made));
      // What the other case has of stock TensorFlow.js: predictions, and weights as safetensors.
      for (const name of ['expected.json', 'model.safetensors']) cpSync(join(out, name), join(made, name));
      said.push(await print(process.execPath, folder, 'files/load.mjs', made));
      said.push(await print(node, alone, 'command/published.mjs', published, join(made, 'published')));
    }
    return `${version.trim()}: ${said.join('; ')}`;
  });
}
