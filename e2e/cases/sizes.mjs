// What a package adds to a page and to an install: everything it exports, bundled without tfjs, minified and gzipped; its tarball.
// Of packages whose limits name a `function`, what each function that they export adds alone. Of weight files, what a page loads that
// reads and writes the two formats that most have.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, version } from 'esbuild';
import { version as vite } from 'vite';
import { filesInPage, sizesIn, writeDocuments } from '../../scripts/lib/document-parts.mjs';
import { kindOf } from '../../scripts/lib/packages.mjs';
import { loaded } from '../lib/loaded.mjs';
import { table } from '../lib/table.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const limits = JSON.parse(readFileSync(join(here, 'sizes.json'), 'utf8'));
/** The entries that pages take; `core/node` and `viz/terminal` are for programs in a terminal. */
const entriesOf = ({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => !['./package.json', './node', './terminal'].includes(path))
    .map((path) => name + path.slice(1));

/** `[minified, gzipped]` bytes of what a module exports, tfjs left out. */
async function bundle(folder, contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  const [{ contents: code }] = outputFiles;
  return [code.length, gzipSync(code, { level: 9 }).length];
}

const everythingOf = (manifest) => entriesOf(manifest).map((entry, i) => `export * as e${i} from '${entry}';`);

/** Gzipped bytes of each function of a package's main entry alone: `{lineChart: 10300, ...}`. */
async function functionSizes(folder, name) {
  const file = createRequire(join(folder, 'package.json')).resolve(name);
  const exported = Object.entries(await import(pathToFileURL(file)));
  const names = exported.filter(([, value]) => typeof value === 'function').map(([key]) => key);
  const sizes = names.sort().map(async (key) => [key, (await bundle(folder, `export { ${key} } from '${name}';`))[1]]);
  return Object.fromEntries(await Promise.all(sizes));
}

/** Bytes of the WebAssembly module that numerics carries as hexadecimal digits. */
function wasmBytes(folder) {
  const file = join(folder, 'node_modules/@weightkit/numerics/dist/wasm/module.generated.js');
  const [longest] = [...readFileSync(file, 'utf8').matchAll(/['"`]([0-9a-f]{1000,})['"`]/g)];
  return longest[1].length / 2;
}

const FILES = '@weightkit/checkpoint';

/** What some files of the two formats need, some pages give or take, and what says what is wrong. */
const OF_BOTH = [
  'access/directory-files.js',
  'access/open-several.js',
  'access/remove-named.js',
  'formats/open-index.js',
  'formats/open-other.js',
  'formats/safetensors/parsed-header.js',
  'formats/safetensors/wrong-header.js',
  'formats/strict-json.js',
  'formats/tfjs/open-artifacts.js',
  'formats/tfjs/tfjs-entry.js',
  'formats/tfjs/with-strings.js',
  'formats/tfjs/wrong-length.js',
  'dist/plain-codec.js',
  'write/decoded.js',
  'write/encode-for.js',
  'write/plan-shards.js',
];

/**
 * Gzipped bytes that a page loads for models of TensorFlow.js and safetensors: once it has opened both, once it has written both, and
 * once it has met all that either format may hold.
 */
async function loadedForFiles(folder) {
  const code = `import { mapCheckpoint, openCheckpoint, writeCheckpoint } from '${FILES}';
    globalThis.files = { mapCheckpoint, openCheckpoint, writeCheckpoint };`;
  const [opened, written, complete] = await loaded(folder, code, [[], ['write/write-files.js'], OF_BOTH]);
  return { opened, written, complete };
}

/** Measured bytes by package, under the names that sizes.json has. */
async function measure(folder, tarballs) {
  const manifest = (name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return Promise.all(
    tarballs.map(async ({ name, bytes, unpacked }) => {
      if (kindOf(manifest(name)) === 'command') return { name, tarball: bytes, unpacked, functions: {} };
      const [minified, gzipped] = await bundle(folder, everythingOf(manifest(name)).join('\n'));
      const wasm = name === '@weightkit/numerics' ? { wasm: wasmBytes(folder) } : {};
      const functions = limits[name]?.function === undefined ? {} : await functionSizes(folder, name);
      const inPage = name === FILES ? await loadedForFiles(folder) : {};
      return { name, gzipped, minified, tarball: bytes, unpacked, ...wasm, ...inPage, functions };
    }),
  );
}

const kB = (bytes) => (bytes / 1000).toFixed(1);

/** Every figure that is above its limit, or has none. */
function tooLarge(measured) {
  const LIMITED = ['gzipped', 'tarball', 'wasm', 'opened', 'written', 'complete'];
  const limited = (of) => Object.entries(of).filter(([what]) => LIMITED.includes(what));
  return measured.flatMap(({ name, functions, ...of }) => {
    const most = limits[name] ?? {};
    return [
      ...limited(of).map(([what, bytes]) => [what, bytes, most[what]]),
      ...Object.entries(functions).map(([key, bytes]) => [`${key} alone`, bytes, most.function]),
    ]
      .filter(([, bytes, limit]) => !(bytes <= limit))
      .map(([what, bytes, limit]) => `${name}: ${what} must be at most ${limit} bytes, got ${bytes}`);
  });
}

/** What SIZES.md, and the documents that take their figures from it, say otherwise than what is built: by more than a twentieth. */
function stale(measured, text) {
  const packages = sizesIn(text);
  const rows = [...text.matchAll(/^\| `(\w+)` of `(\S+)` +\| +([\d.]+) \|$/gm)];
  const alone = new Map(rows.map(([, key, name, size]) => [`${key} of ${name}`, Number(size)]));
  const inPage = filesInPage(text);
  const all = measured.flatMap(({ name, gzipped, functions, opened, written, complete }) => [
    ...(opened === undefined
      ? []
      : [
          ['a page that opens files', opened, inPage.opened],
          ['a page that writes files', written, inPage.written],
          ['a page that has met every file', complete, inPage.complete],
        ]),
    ...(gzipped === undefined ? [] : [[name, gzipped, packages[name]?.gzipped]]),
    ...Object.entries(functions).map(([key, bytes]) => [`${key} of ${name}`, bytes, alone.get(`${key} of ${name}`)]),
  ]);
  return all
    .filter(([, bytes, says]) => !(Math.abs(says / (bytes / 1000) - 1) <= 0.05))
    .map(
      ([what, bytes, says]) => `SIZES.md: ${what} has ${kB(bytes)} kB, and it says ${says}; run npm run e2e -- --sizes`,
    );
}

function page(measured, versions) {
  const rows = measured.map(({ name, gzipped, minified, tarball, unpacked }) => [
    `\`${name}\``,
    ...[gzipped, minified, tarball, unpacked].map((bytes) => (bytes === undefined ? '-' : kB(bytes))),
  ]);
  const alone = measured.flatMap(({ name, functions }) =>
    Object.entries(functions).map(([key, bytes]) => [`\`${key}\` of \`${name}\``, kB(bytes)]),
  );
  const { wasm } = measured.find((of) => of.wasm);
  const { opened, written, complete } = measured.find((of) => of.opened);
  return `# Sizes

Generated by \`npm run e2e -- --sizes\`; the limits stand in \`sizes.json\`, and \`npm test\` fails above them. In kB of 1000 bytes.
In a page: everything that a package exports for browsers with its dependencies, without TensorFlow.js, minified by esbuild
${version} and gzipped at level 9; an app that imports less gets less. Installed: the tarball on npm, and unpacked without
dependencies. ${versions}.

${table(['package', 'in a page, gzipped', 'minified', 'tarball', 'unpacked'], rows)}

One function of those packages that are many small ones:

${table(['function', 'alone in a page, gzipped'], alone)}

A page that opens, maps and writes weight files, built by Vite ${vite}, its loader of modules included. What writes is loaded with the
first write, other formats with the first file of theirs, and so is what few files of these two need: quantized tensors and strings of
TensorFlow.js, floats of 8 bits, JSON in an unusual notation, indexes of shards; several files given at once, artifacts, directory
handles; another dtype's form; what says of a file what is wrong with it:

${table(
  ['models of TensorFlow.js and safetensors', 'loaded, gzipped'],
  [
    ['opened and mapped', kB(opened)],
    ['written too', kB(written)],
    ['with all that they may hold', kB(complete)],
  ],
)}

The WebAssembly in \`@weightkit/numerics\` has ${wasm} bytes.
`;
}

export async function sizes({ folder, tarballs, write }) {
  const measured = await measure(folder, tarballs);
  const zlib = process.versions.zlib.split('-')[0];
  const released = [...new Set(tarballs.map(({ version: v }) => v))].join(', ');
  const tfjs = createRequire(join(folder, 'package.json')).resolve('@tensorflow/tfjs/package.json');
  const text = page(
    measured,
    `Packages ${released}, TensorFlow.js ${JSON.parse(readFileSync(tfjs, 'utf8')).version}, zlib ${zlib}`,
  );
  console.log(
    text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .join('\n'),
  );
  const file = join(here, 'SIZES.md');
  if (write) {
    writeFileSync(file, text);
    writeDocuments();
  }
  const problems = [...tooLarge(measured), ...stale(measured, readFileSync(file, 'utf8'))];
  if (problems.length) throw new Error(problems.join('\n'));
  return `${measured.length} packages within their limits`;
}
