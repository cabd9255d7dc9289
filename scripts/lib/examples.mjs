// The example projects: each is copied by users, so it depends on published versions and is no part of the workspace.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesOf } from './packages.mjs';
import { root } from './root.mjs';

/** What `npm start` runs: a package of the workspace, on the sources as they are. */
const TOUR = 'tour';

/** `[{name, folder, manifest}]` of every example project under a root, by name. */
export function examplesOf(from = root) {
  const folder = join(from, 'examples');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== TOUR)
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name, 'package.json'), 'utf8');
      return { name, folder: join(folder, name), manifest: JSON.parse(text) };
    });
}

/** A manifest with our packages at the versions that they have. */
function withVersions(manifest, packages) {
  const versions = new Map(packages.map(({ name, manifest: { version } }) => [name, `^${version}`]));
  const ranges = (of) =>
    Object.fromEntries(Object.entries(of).map(([name, range]) => [name, versions.get(name) ?? range]));
  return { ...manifest, dependencies: ranges(manifest.dependencies) };
}

const textOf = (manifest) => `${JSON.stringify(manifest, null, 2)}\n`;

/** The package.json of the examples, with what they should say: `[{path, text, made}]`. */
export function exampleManifests(from = root) {
  const packages = packagesOf(from);
  return examplesOf(from).map(({ name, folder, manifest }) => ({
    path: `examples/${name}/package.json`,
    text: readFileSync(join(folder, 'package.json'), 'utf8'),
    made: textOf(withVersions(manifest, packages)),
  }));
}

/** Writes the versions of our packages into the examples that have others; gives the paths. */
export function writeExamples(from = root) {
  const stale = exampleManifests(from).filter(({ text, made }) => text !== made);
  for (const { path, made } of stale) writeFileSync(join(from, path), made);
  return stale.map(({ path }) => path);
}
