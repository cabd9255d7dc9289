// What stands on what in this repository, from the package.json of each folder and the imports of lessons and contracts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

const ROOMS = ['packages', 'tooling', 'examples'];
const ALONE = ['lessons', 'website'];

const namesIn = (...maps) => maps.flatMap((map) => Object.keys(map ?? {}));

/** The packages of ours that the files of a folder import, or that one file does. */
function importsOf(files) {
  const names = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/@weightkit\/[a-z-]+/g)]);
  return [...new Set(names.map(([name]) => name))];
}

/** A file and those that it imports from its own folder, and they in turn. */
function withNeighbors(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/from '\.\/([\w-]+\.ts)'/g))
    withNeighbors(join(dirname(file), name), found);
  return found;
}

/**
 * `packages`: by folder, what its sources need (`needs`) and its tests besides (`testNeeds`), as folders, and whether its tests run
 * on every backend. `contracts` and `lessons`: by name, the folders that they import.
 */
export function readGraph(from = root) {
  const list = (folder) => readdirSync(join(from, folder), { withFileTypes: true });
  const folders = [...ROOMS.flatMap((room) => list(room).map(({ name }) => `${room}/${name}`)), ...ALONE].filter(
    (folder) => existsSync(join(from, folder, 'package.json')),
  );
  const manifests = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(from, folder, 'package.json'), 'utf8'));
    return { folder, ...manifest };
  });
  const folderOf = new Map(manifests.map(({ name, folder }) => [name, folder]));
  const ours = (names) => names.flatMap((name) => folderOf.get(name) ?? []);
  const packages = Object.fromEntries(
    manifests.map(({ folder, dependencies, peerDependencies, devDependencies }) => {
      const needs = ours(namesIn(dependencies, peerDependencies));
      const testNeeds = ours(namesIn(devDependencies));
      // A package whose tests take the helpers for backends runs on each of them.
      const onBackends = folder.startsWith('packages/') && testNeeds.includes('tooling/testing');
      return [folder, { needs, testNeeds, onBackends }];
    }),
  );
  const sourcesIn = (folder) =>
    list(folder)
      .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.deep.ts'))
      .map(({ name }) => join(from, folder, name));
  const contracts = list('tooling/testing/contracts').flatMap(({ name }) => {
    const [, subject] = /^(.+)\.test\.ts$/.exec(name) ?? [];
    if (!subject) return [];
    return [[subject, ours(importsOf([...withNeighbors(join(from, 'tooling/testing/contracts', name))]))]];
  });
  const lessons = list('lessons')
    .filter(({ name }) => existsSync(join(from, 'lessons', name, 'lesson.ts')))
    .map(({ name }) => [name, ours(importsOf(sourcesIn(`lessons/${name}`)))]);
  return { packages, contracts: Object.fromEntries(contracts), lessons: Object.fromEntries(lessons) };
}
