import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFormats } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
/** What has Node alone. */
const IN_NODE = ['access/platform.ts', 'access/path-sink.ts'];

/** The modules that a file imports when it needs them. */
const importedBy = (file: string): string[] =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, path]) =>
    relative(SRC, join(SRC, dirname(file), path!)),
  );

it('loadFormats loads every module that a page may need later', async () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const later = files
    .filter((file) => file !== 'load-formats.ts' && !IN_NODE.includes(file))
    .flatMap((file) => importedBy(file));
  expect(later.length).toBeGreaterThan(20);
  // That one it has from `writing`.
  const listed = [...importedBy('load-formats.ts'), 'write/write-files.ts'].sort();
  expect(listed).toEqual([...new Set(later)].sort());
  await loadFormats();
});
