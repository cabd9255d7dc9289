// Writes src/pages/changelog.md: what the next release brings (the changesets) and what each package's CHANGELOG.md says.
//   node scripts/changelog.mjs
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const website = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(website);
const read = (...path) => readFileSync(join(root, ...path), 'utf8');

/** The changesets as `{ releases: [[package, bump]], text }`. */
function changesets() {
  const files = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');
  return files.sort().map((file) => {
    const [, head, text] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(read('.changeset', file));
    const releases = [...head.matchAll(/^['"]?((?:@weightkit\/)?[\w-]+)['"]?: *(\w+)$/gm)].map(([, name, bump]) => [
      name,
      bump,
    ]);
    return { releases, text: text.trim() };
  });
}

/** The next release: a heading per package, the larger changes first. */
function pending() {
  const order = ['major', 'minor', 'patch'];
  const entries = changesets().flatMap(({ releases, text }) => releases.map(([name, bump]) => ({ name, bump, text })));
  if (entries.length === 0) return [];
  const names = [...new Set(entries.map(({ name }) => name))].sort();
  const lines = names.flatMap((name) => [
    `### ${name}`,
    ...entries
      .filter((entry) => entry.name === name)
      .sort((a, b) => order.indexOf(a.bump) - order.indexOf(b.bump))
      .map(({ bump, text }) => `- **${bump}**: ${text.replaceAll('\n', '\n  ')}`),
  ]);
  return ['## Next release', 'Not published yet.', ...lines];
}

/** A package's changelog, its headings one level down, under the package's name. */
function released(folder) {
  const path = ['packages', folder, 'CHANGELOG.md'];
  if (!existsSync(join(root, ...path))) return [];
  const [, ...lines] = read(...path).split('\n');
  // Versions repeat from package to package; the name keeps their anchors apart.
  const version = (line) => line.replace(/^## (.*)$/, (_, number) => `### ${folder} ${number}`);
  const deeper = (line) => (line.startsWith('### ') ? `**${line.slice(4)}**` : version(line));
  const { name } = JSON.parse(read('packages', folder, 'package.json'));
  return [`## ${name}`, lines.map(deeper).join('\n').trim()];
}

const page = [
  '---\ntitle: Changelog\ndescription: What changed in each weightkit package, and what the next release brings.\n---',
  '# Changelog',
  'Every change that a user can see is written down here when it is made. Versions follow semantic versioning: a change of the values that a seed gives is a breaking change.',
  ...pending(),
  ...readdirSync(join(root, 'packages')).sort().flatMap(released),
].join('\n\n');
writeFileSync(join(website, 'src/pages/changelog.md'), `${page}\n`);
