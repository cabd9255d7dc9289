// What programs write into the READMEs and the pages of the site: sizes, from the table that e2e measured, whether there is a
// release, and what happens to two transforms of one weight. The lessons write their own parts (scripts/tables.mjs).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compositionTable } from './composition.mjs';
import { documents } from './docs/blocks.mjs';
import { partsIn, withParts } from './generated.mjs';
import { packagesOf } from './packages.mjs';
import { root } from './root.mjs';
import { zooEffectsTable } from './zoo-effects.mjs';
import { zooTransferCost, zooTransferTable } from './zoo-transfer.mjs';

/** The figures of e2e/SIZES.md in kB: `{[package]: {gzipped, minified, tarball, unpacked}}`. */
export function sizesIn(text) {
  const rows = [...text.matchAll(/^\| `((?:@weightkit\/)?[\w-]+)` +\|(.+)\|$/gm)].map(([, name, cells]) => {
    // A command is in no page: its first cells are no numbers.
    const [gzipped, minified, tarball, unpacked] = cells.split('|').map(Number);
    return [name, { gzipped, minified, tarball, unpacked }];
  });
  return Object.fromEntries(rows);
}

/** What a page loads that opens weight files of the usual formats, and that writes them too, in kB. */
export function filesInPage(text) {
  const of = (what) => Number(new RegExp(`^\\| ${what} +\\| +([\\d.]+) \\|$`, 'm').exec(text)?.[1]);
  return {
    opened: of('opened and mapped'),
    written: of('written too'),
    complete: of('with all that they may hold'),
  };
}

const kB = (value) => `${value.toFixed(value < 10 ? 1 : 0)} kB`;

function sizeTable(sizes) {
  const rows = Object.entries(sizes)
    .filter(([, { gzipped }]) => gzipped >= 0)
    .sort(([, a], [, b]) => a.gzipped - b.gzipped)
    .map(([name, { gzipped, minified }]) => `| \`${name}\` | ${kB(gzipped)} | ${kB(minified)} |`);
  return ['| package | gzipped | minified |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Bytes of the WebAssembly that numerics carries, in two modules. */
function wasmBytes() {
  const bytes = ['module', 'pieces'].map((name) => {
    const text = readFileSync(join(root, `packages/numerics/src/wasm/${name}.generated.ts`), 'utf8');
    return Number(/^export const size = (\d+);$/m.exec(text)[1]);
  });
  return bytes[0] + bytes[1];
}

/** Whether a package has a release: changesets raise its version from 0.0.0 with the first. */
export const isReleased = (from = root) => packagesOf(from).some(({ manifest }) => manifest.version !== '0.0.0');

const UNRELEASED =
  '**Not on npm yet.** `npm install` finds these packages from their first release on; until then, use them in a clone of the\n' +
  '[repository](https://github.com/weightkit/weightkit).';

/** The parts by name. */
export function documentParts({
  text = readFileSync(join(root, 'e2e/SIZES.md'), 'utf8'),
  sizes = sizesIn(text),
  released = isReleased(),
} = {}) {
  const { opened, written, complete } = filesInPage(text);
  const viz = sizes['@weightkit/viz'];
  return {
    'bundle sizes': sizeTable(sizes),
    composition: compositionTable(),
    'effects on published models': zooEffectsTable(),
    'features of a published model': zooTransferCost(),
    'other classes for a published model': zooTransferTable(),
    'size of the WebAssembly': kB(wasmBytes() / 1000),
    'sizes of viz': `${kB(viz.minified)} minified, ${kB(viz.gzipped)} gzipped`,
    unreleased: released ? '' : UNRELEASED,
    'weight files in a page': `loads ${kB(opened)} gzipped, ${kB(written - opened)} more when it first writes one, and up to ${kB(complete - written)} more for what few files of these formats need`,
  };
}

/** The documents that have parts, but for the lessons: `[{path, text, made}]`, what they say and what they should. */
export function generatedDocuments(parts = documentParts()) {
  return documents()
    .filter((path) => /\.mdx?$/.test(path) && !/^(lessons\/|CONTRIBUTING\.md)/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => partsIn(text).length > 0)
    .map(({ path, text }) => ({ path, text, made: withParts(text, parts) }));
}

/** Writes what is stale; gives the paths. */
export function writeDocuments() {
  const stale = generatedDocuments().filter(({ text, made }) => text !== made);
  for (const { path, made } of stale) writeFileSync(join(root, path), made);
  return stale.map(({ path }) => path);
}
