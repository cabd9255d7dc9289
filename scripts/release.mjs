// npm run release, which the release workflow runs after the pull request of versions was merged: builds and checks the packages,
// publishes by npm those whose version the registry does not have, and tags them. publishConfig of each asks for provenance.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dependenciesFirst, pack, packagesOf } from './lib/packages.mjs';
import { isPublished, publish } from './lib/publish.mjs';
import { pnpm, requireNode } from './pnpm.mjs';

requireNode();
if (pnpm(['exec', 'turbo', 'run', 'build', 'check:package', '--filter=./packages/*']).status !== 0) process.exit(1);
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-release-'));
try {
  // Packages that others depend on come first, so that no version is out before what it needs.
  const order = dependenciesFirst(packagesOf()).map(({ name }) => name);
  const tarballs = (await pack(packagesOf(), scratch)).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  for (const { name, version, file } of tarballs) {
    const done = await isPublished(name, version);
    if (!done) await publish(file);
    console.log(`${name} ${version} ${done ? 'was published before' : 'is published'}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
// Prints "New tag: ..." for each, from which the workflow makes the releases.
process.exit(pnpm(['exec', 'changeset', 'tag']).status ?? 1);
