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
  { source: 'codes', target: 'codes', pages: 1, more: ['--importMemory'] },
];

for (const { source, target, pages, more = [] } of MODULES) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      `assembly/${source}.ts`,
      ...flags,
      ...more,
      '--initialMemory',
      `${pages}`,
      '--outFile',
      'numerics.wasm',
      '--baseDir',
      root,
    ],
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

/** The WebAssembly module as hexadecimal digits, of which gzip makes a quarter fewer bytes than of base64. */
export const hex: string =
  '${Buffer.from(binary).toString('hex')}';
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
