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

const ORDER = ['major', 'minor', 'patch'];

/** A package as a list of several names it. */
const short = (name) => name.replace('@weightkit/', '');

/** `core and viz`, `core, pruning and viz`. */
const joined = (names) =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}` : names.join();

/** `**minor**`, or `**minor** of core and viz, **patch** of pruning`. */
function bumpsOf(releases) {
  if (releases.length === 1) return `**${releases[0][1]}**`;
  const kinds = ORDER.filter((bump) => releases.some(([, of]) => of === bump));
  const names = (bump) => releases.filter(([, of]) => of === bump).map(([name]) => short(name));
  return kinds.map((bump) => `**${bump}** of ${joined(names(bump))}`).join(', ');
}

/** The next release: what concerns several packages, once, then a heading per package; the larger changes first. */
function pending() {
  const entries = changesets().filter(({ releases }) => releases.length > 0);
  if (entries.length === 0) return [];
  const largest = ({ releases }) => Math.min(...releases.map(([, bump]) => ORDER.indexOf(bump)));
  const lines = (heading, of) => [
    `### ${heading}`,
    ...of
      .sort((a, b) => largest(a) - largest(b))
      .map(({ releases, text }) => `- ${bumpsOf(releases)}: ${text.replaceAll('\n', '\n  ')}`),
  ];
  const several = entries.filter(({ releases }) => releases.length > 1);
  const names = new Set(entries.flatMap(({ releases }) => (releases.length === 1 ? [releases[0][0]] : [])));
  return [
    '## Next release',
    'Not published yet.',
    ...(several.length > 0 ? lines('Several packages', several) : []),
    ...[...names].sort().flatMap((name) =>
      lines(
        name,
        entries.filter(({ releases }) => releases.length === 1 && releases[0][0] === name),
      ),
    ),
  ];
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
