import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFormats } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
/** What has Node alone. */
const IN_NODE = ['access/platform.ts', 'access/path-sink.ts'];

/** The modules that a file imports when it needs them, and the names of their pieces. */
const importsOf = (file: string): { module: string; piece: string | undefined }[] =>
  [
    ...readFileSync(join(SRC, file), 'utf8').matchAll(
      /\bimport\(\s*(?:\/\* webpackChunkName: "([\w-]+)" \*\/\s*)?'(\.[^']+)',?\s*\)/g,
    ),
  ].map(([, piece, path]) => ({ module: relative(SRC, join(SRC, dirname(file), path!)), piece }));
const importedBy = (file: string): string[] => importsOf(file).map(({ module }) => module);

it('loadFormats loads every module that a page may need later', async () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const later = files
    .filter((file) => file !== 'load-formats.ts' && !IN_NODE.includes(file))
    .flatMap((file) => importedBy(file));
  expect(later.length).toBeGreaterThan(20);
  // That one it has from `writing`.
  const listed = [...importedBy('load-formats.ts'), 'write/write-files.ts'].sort();
  expect(listed).toEqual([...new Set(later)].sort());
  // webpack makes a piece for each place that imports, unless they name one and the same.
  for (const { module, piece } of ['load-formats.ts', ...files.filter((file) => !IN_NODE.includes(file))].flatMap(
    importsOf,
  ))
    expect(piece, module).toBe(`weightkit-${basename(module, '.ts')}`);
  await loadFormats();
});
