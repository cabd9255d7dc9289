// Weight files without TensorFlow.js: the packages with a checkpoint side in a folder of their own, then stock TensorFlow.js on what they wrote.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAlone } from '../lib/install.mjs';
import { print } from './node.mjs';

const NAMES = ['checkpoint', 'pruning', 'quantization', 'weight-metrics'].map((name) => `@weightkit/${name}`);
const apps = fileURLToPath(new URL('../apps/files', import.meta.url));

export async function files({ folder, tarballs }) {
  const out = join(folder, 'out/files');
  await print(process.execPath, folder, 'files/save.mjs', out);
  const said = await installAlone(tarballs, NAMES, async (alone) => {
    const found = ['@tensorflow', '.pnpm'].filter((name) => existsSync(join(alone, 'node_modules', name)));
    if (found.length) throw new Error(`e2e: ${NAMES.join(', ')} must not bring ${found.join(', ')}`);
    cpSync(apps, join(alone, 'files'), { recursive: true });
    return print(process.execPath, alone, 'files/change.mjs', out);
  });
  return [said, await print(process.execPath, folder, 'files/load.mjs', out)].join('; ');
}
