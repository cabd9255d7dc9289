import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { dependenciesFirst, kindOf, packagesOf } from '../lib/packages.mjs';

it('kindOf(manifest) tells a command, which is run, from a library, which is imported', () => {
  expect(kindOf({ bin: { a: 'a.js' } })).toBe('command');
  expect(kindOf({ exports: {} })).toBe('library');
  expect(
    packagesOf()
      .filter(({ kind }) => kind === 'command')
      .map(({ name }) => name),
  ).toEqual(['weightkit']);
});

it('the site has an API page for every library', () => {
  const list = JSON.parse(readFileSync(new URL('../../website/packages.json', import.meta.url), 'utf8')) as {
    name: string;
  }[];
  const libraries = packagesOf().filter(({ kind }) => kind === 'library');
  expect(list.map(({ name }) => name).sort()).toEqual(libraries.map(({ folder }) => basename(folder)).sort());
});

it('dependenciesFirst(packages) has each after all that it depends on', () => {
  const order = dependenciesFirst(packagesOf());
  expect(order).toHaveLength(packagesOf().length);
  for (const [i, { manifest }] of order.entries())
    for (const [k, { name }] of order.entries()) if (name in (manifest.dependencies ?? {})) expect(k).toBeLessThan(i);
});
