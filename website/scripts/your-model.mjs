// Copies the example of the page "Your model" into static/generated/your-model/: a real model that somebody has published, float32,
// with its license.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Writes the example into a folder. */
export function writeExampleModel(folder) {
  const entry = createRequire(import.meta.url).resolve('@upscalerjs/default-model');
  const root = entry.slice(0, entry.lastIndexOf(join('default-model', 'dist')) + 'default-model'.length);
  mkdirSync(folder, { recursive: true });
  for (const name of ['model.json', 'group1-shard1of1.bin'])
    copyFileSync(join(root, 'models', name), join(folder, name));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE.txt'));
}
