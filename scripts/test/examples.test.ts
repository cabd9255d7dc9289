import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../e2e/lib/same-output.mjs';
import { exampleManifests, examplesOf } from '../lib/examples.mjs';
import { root } from '../lib/root.mjs';

const examples = examplesOf();
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The sources of a folder and of the folders in it, without what an install and a build leave there. */
const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'out'].includes(entry.name) ? [] : sourcesIn(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });

/** The packages that a program imports. */
function importsOf(text: string): string[] {
  const names = [...text.matchAll(/(?:from|import) '((?:@[^/']+\/)?[^./'][^/']*)/g)].map(([, name]) => name!);
  return names.filter((name) => !name.startsWith('node:'));
}

describe('examples', () => {
  it('depend on our packages at the versions that these have', () => {
    for (const { path, text, made } of exampleManifests()) expect(text, path).toBe(made);
  });

  it.each(examples)('$name depends on what it imports, and on nothing else', ({ folder, manifest }) => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    const imported = new Set(sourcesIn(folder).flatMap((path) => importsOf(readFileSync(path, 'utf8'))));
    expect([...imported].filter((name) => !(name in all))).toEqual([]);
    const data = (name: string) => sourcesIn(folder).some((path) => readFileSync(path, 'utf8').includes(`${name}/`));
    const scripts = Object.values<string>(manifest.scripts).join();
    const isTool = (name: string) => scripts.includes(name === 'typescript' ? 'tsc' : name);
    expect(Object.keys(all).filter((name) => !imported.has(name) && !data(name) && !isTool(name))).toEqual([]);
  });

  it.each(examples)('$name has the versions of others that this repository is developed with', ({ manifest }) => {
    const catalog = read('pnpm-workspace.yaml');
    const all = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
    for (const [name, range] of all.filter(([one]) => !one.startsWith('@weightkit/')))
      expect(catalog).toMatch(new RegExp(`^ {2}"?${name}"?: ${range.replace('^', '').replaceAll('.', '\\.')}$`, 'm'));
  });

  it.each(examples)(
    '$name stands in the table of all, and has main files of a hundred lines at most',
    ({ name, folder }) => {
      expect(read('examples/README.md')).toContain(`](${name})`);
      for (const path of sourcesIn(folder))
        expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThan(103);
    },
  );

  it('that read digits read them by the same file', () => {
    const files = examples.flatMap(({ folder }) => sourcesIn(folder).filter((path) => path.endsWith('digits.mjs')));
    expect(new Set(files.map((path) => readFileSync(path, 'utf8'))).size).toBe(1);
  });
});

it('differenceOf(said, printed, tolerance) finds other words and numbers that are too far, and lets rounding pass', () => {
  const said = 'trained: 93.3 % of 12,000\nleft: 0, +1.5';
  expect(differenceOf(said, 'trained: 94.1 % of 12,000\nleft: 0, +1.5\n', 0.01)).toBeUndefined();
  for (const printed of [
    'trained: 95.1 % of 12,000\nleft: 0, +1.5', // a number
    'trained: 93.3 % of 12,000\nleft: 1, +1.5', // where it says 0, nothing else will do
    'trained: 93.3 % of 12,000\nleft: 0, -1.5', // the other sign
    'learned: 93.3 % of 12,000\nleft: 0, +1.5', // a word
    'trained: 93.3 % of 12,000', // a line less
    'trained: 93.3 % of 12,000\nleft: 0, +1.5\nmore', // a line more
  ])
    expect(differenceOf(said, printed, 0.01), printed).toMatch(/^line \d must say/);
});
