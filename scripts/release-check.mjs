// The way from a change to npm, in a copy of the repository and without a network: `npm run version-packages` gives every package
// that a changeset names its version and its CHANGELOG; a second change goes through to all dependents; `npm publish --dry-run` of
// every package shows what would be published; and npm is seen to demand provenance.
//   node scripts/release-check.mjs
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { examplesOf } from './lib/examples.mjs';
import { pack, packagesOf } from './lib/packages.mjs';
import { publish } from './lib/publish.mjs';
import { root } from './lib/root.mjs';

const isWindows = process.platform === 'win32';
const NOWHERE = 'http://127.0.0.1:9/';
const changesetCli = join(dirname(createRequire(join(root, 'package.json')).resolve('@changesets/cli')), '../bin.js');
const copy = mkdtempSync(join(tmpdir(), 'weightkit-release-'));
const git = (cwd, ...args) => execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });

/** What changesets and npm read: packages with their builds, all manifests, the changesets; in a git repository of its own. */
function copyRepository() {
  const wanted =
    /^(packages\/|\.changeset\/|scripts\/|e2e\/SIZES\.md$|tooling\/(testing\/contracts\/composition|zoo\/(effects|transfer))\.json$|pnpm-workspace\.yaml$|pnpm-lock\.yaml$|(.*\/)?package\.json$|.*\.mdx?$)/;
  const listed = git(root, 'ls-files', '-co', '--exclude-standard').split('\n');
  for (const path of listed.filter((name) => wanted.test(name) && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  for (const { folder } of packagesOf())
    cpSync(join(folder, 'dist'), join(copy, folder.slice(root.length), 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  writeFileSync(join(copy, '.gitignore'), 'node_modules\ndist\n');
  git(copy, 'init', '--quiet', '--initial-branch', 'main');
  commit('the state before the release');
}

function commit(message) {
  const person = [
    '-c',
    'user.name=release-check',
    '-c',
    'user.email=release-check@localhost',
    '-c',
    'commit.gpgsign=false',
  ];
  git(copy, 'add', '--all');
  git(copy, ...person, 'commit', '--quiet', '--allow-empty', '--no-verify', '--message', message);
}

/** The pending changesets: `[{names: {package: kind}, text}]`, read without the tool that is being checked. */
function pending() {
  const folder = join(copy, '.changeset');
  const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return files.map((file) => {
    const [, head, text] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(readFileSync(join(folder, file), 'utf8'));
    const names = Object.fromEntries(
      [...head.matchAll(/^['"]?([^'":\n]+)['"]?: *(\w+)/gm)].map(([, name, kind]) => [name, kind]),
    );
    return { names, text: text.trim() };
  });
}

const KINDS = ['patch', 'minor', 'major'];
function bumped(version, kind) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (kind === 'major') return `${major + 1}.0.0`;
  return kind === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

const manifests = () => Object.fromEntries(packagesOf(copy).map((of) => [of.name, of]));
const ours = (manifest) =>
  Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@weightkit/'));

/** A caret range on x.y.z holds a later version: the same leftmost number that is not 0, and not below. */
function holds(range, version) {
  const [low, got] = [range.replace(/^\^/, ''), version].map((text) => text.split('.').map(Number));
  const fixed = low.findIndex((part) => part !== 0);
  const upTo = fixed < 0 ? 3 : fixed + 1;
  if (low.slice(0, upTo).some((part, i) => part !== got[i])) return false;
  const differs = low.findIndex((part, i) => part !== got[i]);
  return differs < 0 || low[differs] < got[differs];
}

/** Every range between the packages names the version beside it; anything else would install two copies. */
function checkRanges(after) {
  for (const { name, manifest } of Object.values(after))
    for (const [dependency, range] of ours(manifest)) {
      const { version } = after[dependency].manifest;
      assert.ok(holds(range, version), `${name} depends on ${dependency} ${range}, which is now ${version}`);
    }
}

/** The example projects depend on the versions that are to be published. */
function checkExamples(after) {
  for (const { name, manifest } of examplesOf(copy))
    for (const [dependency, range] of ours(manifest))
      assert.equal(
        range,
        `^${after[dependency].manifest.version}`,
        `examples/${name} depends on ${dependency} ${range}`,
      );
}

/** Runs a command in the copy; what it wrote is shown when it fails. */
function inCopy(file, ...args) {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: copy,
    encoding: 'utf8',
    shell: file === 'npm' && isWindows,
  });
  assert.equal(status, 0, `${[file, ...args].join(' ')} failed\n${stdout}\n${stderr}`);
}

/** Makes versions of the changesets; every package named in one has its version and its texts. */
function version(make) {
  const before = manifests();
  const changes = pending();
  make();
  const after = manifests();
  assert.deepEqual(pending(), [], 'the changesets are used up');
  for (const { name, folder, manifest } of Object.values(before)) {
    const mine = changes.filter(({ names }) => names[name]);
    if (!mine.length) continue;
    const kind = KINDS[Math.max(...mine.map(({ names }) => KINDS.indexOf(names[name])))];
    assert.equal(
      after[name].manifest.version,
      bumped(manifest.version, kind),
      `${name}: ${kind} of ${manifest.version}`,
    );
    const [latest] = changelog(folder).split(/^## /m).slice(1);
    assert.ok(latest.startsWith(after[name].manifest.version), `${name}: the CHANGELOG begins with the new version`);
    for (const { text } of mine)
      for (const line of text.split('\n').filter(Boolean))
        assert.ok(latest.includes(line.trim()), `${name}: its CHANGELOG has the text "${line}"`);
  }
  checkRanges(after);
  commit('versions');
  return { before, after, changes };
}

const changelog = (folder) => readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');

/** A second change, to the package that most others stand on: each dependent gets a version, a line and a range of its own. */
function changeOfNumerics() {
  const text = 'A function that is here for the check of the release.';
  // What leaves the ranges of the dependents: before 1.0.0 a minor does.
  const kind = manifests()['@weightkit/numerics'].manifest.version.startsWith('0.') ? 'minor' : 'major';
  writeFileSync(join(copy, '.changeset/release-check.md'), `---\n'@weightkit/numerics': ${kind}\n---\n\n${text}\n`);
  commit('a change');
  const { before, after } = version(() => inCopy(process.execPath, changesetCli, 'version'));
  const dependents = Object.values(after).filter(({ manifest }) =>
    ours(manifest).some(([name]) => name === '@weightkit/numerics'),
  );
  assert.ok(dependents.length > 0);
  for (const { name, folder, manifest } of dependents) {
    assert.equal(manifest.version, bumped(before[name].manifest.version, 'patch'), `${name} is a patch above`);
    assert.match(changelog(folder), /Updated dependencies/);
    assert.equal(manifest.dependencies['@weightkit/numerics'], `^${after['@weightkit/numerics'].manifest.version}`);
  }
  return dependents.length;
}

const WANTED = ['package.json', 'README.md', 'LICENSE'];
/** The files that importers and shells are sent to, with their sources. */
function namedIn({ exports, bin = {} }) {
  const entries = Object.values(exports).filter((target) => typeof target === 'object');
  const programs = Object.values(bin);
  const built = [...entries.flatMap(({ types, default: file }) => [types, file]), ...programs];
  const sources = [...entries.map(({ default: file }) => file), ...programs].map((file) =>
    file.replace(/dist(?=\/)/, 'src').replace(/\.js$/, '.ts'),
  );
  return [...built, ...sources].map((file) => file.replace(/^\.\//, ''));
}
const ALLOWED = /^(package\.json|README\.md|LICENSE|(dist|src|fonts|assembly)\/.+)$/;
const UNWANTED = /(^|\/)(test|deep|golden|node_modules|coverage)\/|\.test\.|\.tsbuildinfo$/;
const SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare'];

/** What is in a tarball is what belongs there, and nothing runs when it is installed. */
function checkContents({ name, files, manifest }) {
  const named = namedIn(manifest);
  assert.ok(named.length > 0, `${name} is imported or run`);
  for (const file of [...WANTED, ...named]) assert.ok(files.includes(file), `${name} publishes ${file}`);
  const strange = files.filter((file) => !ALLOWED.test(file) || UNWANTED.test(file));
  assert.deepEqual(strange, [], `${name} publishes nothing else`);
  const sources = files
    .filter((file) => /^dist\/.*\.js\.map$/.test(file))
    .map((file) => file.replace(/^dist|\.js\.map$/g, ''));
  for (const source of sources)
    assert.ok(
      files.includes(`src${source}.ts`),
      `${name} publishes the source src${source}.ts (an old dist? delete it and build)`,
    );
  assert.deepEqual(
    SCRIPTS.filter((script) => manifest.scripts?.[script]),
    [],
    `${name} runs nothing at install`,
  );
  assert.deepEqual(manifest.publishConfig, { access: 'public', provenance: true }, `${name}: publishConfig`);
  assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\//, `${name}: provenance needs the repository`);
  const ranges = Object.values({ ...manifest.dependencies, ...manifest.peerDependencies });
  assert.ok(!ranges.some((range) => /^(workspace|catalog|file|link):/.test(range)), `${name}: ranges that npm knows`);
}

/** The environment without what a CI says of itself, so that nothing can be signed here. */
const plain = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CI|GITHUB_|ACTIONS_|GITLAB_)/.test(name)),
);
const offline = ['--registry', NOWHERE, '--fetch-retries=0', '--loglevel=error'];

async function dryRuns(after) {
  const tarballs = await pack(packagesOf(copy), join(copy, 'tarballs'));
  assert.equal(tarballs.length, Object.keys(after).length);
  const queue = [...tarballs];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { manifest } = after[next.name];
      const said = await publish(next.file, { dryRun: true, args: offline, env: plain });
      assert.equal(said.id, `${next.name}@${manifest.version}`);
      checkContents({ name: next.name, files: said.files.map(({ path }) => path), manifest });
      const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
      console.log(`  ${said.id}: ${said.files.length} files, ${kB(said.size)}, unpacked ${kB(said.unpackedSize)}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return tarballs;
}

/** Not a dry run, to a registry that is not there: with provenance configured npm stops before it connects. */
async function demandsProvenance([{ file }]) {
  const token = `--${NOWHERE.slice('http:'.length)}:_authToken=none`;
  const refused = await publish(file, { args: [...offline, token], env: plain }).then(
    () => assert.fail('npm publish to nowhere must fail'),
    (error) => error,
  );
  const said = `${refused.stderr}${refused.stdout}`;
  assert.match(said, /provenance/i, `npm must ask for provenance, got ${said}`);
}

const begin = Date.now();
try {
  copyRepository();
  const { changes, after } = version(() => inCopy('npm', 'run', 'version-packages'));
  checkExamples(after);
  inCopy(process.execPath, 'scripts/pnpm.mjs', 'install', '--frozen-lockfile', '--lockfile-only', '--prefer-offline');
  console.log(`${changes.length} pending changesets give versions, changelogs and a lockfile`);
  console.log(`a change of numerics gives ${changeOfNumerics()} dependents a patch, a changelog and a range`);
  console.log('npm publish --dry-run:');
  const tarballs = await dryRuns(manifests());
  await demandsProvenance(tarballs);
  console.log('npm publish without a signer is refused: provenance is configured');
  console.log(`release: passed in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`release: FAILED\n${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
