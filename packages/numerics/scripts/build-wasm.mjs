// Compiles assembly/ into src/wasm/*.generated.ts; with --check, compares instead of writing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../', import.meta.url));
const flags = [
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
  '--noAssert',
];
/** What is made of which source, and the pages of memory that it begins with. */
const MODULES = [
  { source: 'index', target: 'module', pages: 1 },
  { source: 'pieces', target: 'pieces', pages: 75 },
];

for (const { source, target, pages } of MODULES) {
  let binary;
  const { error, stderr } = await asc.main(
    [`assembly/${source}.ts`, ...flags, '--initialMemory', `${pages}`, '--outFile', 'numerics.wasm', '--baseDir', root],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
    },
  );
  if (error || !binary) {
    console.error(`build-wasm: assembly/ does not compile\n${stderr.toString()}`);
    process.exit(1);
  }

  const text = `// Made from assembly/ by scripts/build-wasm.mjs; do not edit.

/** Size of the WebAssembly module in bytes. */
export const size = ${binary.length};

/** The WebAssembly module in base64. */
export const base64 =
  '${Buffer.from(binary).toString('base64')}';
`;
  const path = new URL(`../src/wasm/${target}.generated.ts`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
    console.log(`src/wasm/${target}.generated.ts: ${binary.length} bytes of WebAssembly`);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(
      `build-wasm: src/wasm/${target}.generated.ts is not what assembly/ compiles to; run \`npm run build:wasm\``,
    );
    process.exit(1);
  }
}
