// Writes static/generated/: what the pages fetch that is made of packages, not committed.
//   node scripts/prepare.mjs
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const generated = join(dirname(dirname(fileURLToPath(import.meta.url))), 'static/generated');

/** The three builds of the wasm backend: plain, SIMD, SIMD with threads; tfjs chooses by what the browser has. */
function copyWasm() {
  const dist = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const name of readdirSync(dist).filter((file) => file.endsWith('.wasm')))
    copyFileSync(join(dist, name), join(generated, name));
}

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
copyWasm();
