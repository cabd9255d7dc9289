// npm run test:matrix: a quick subset of the tests (the READMEs' examples on the built packages, the tests of core and pruning
// on the cpu) on several versions of Node, and the READMEs' examples with the packages as npm installs them beside the lowest
// and the highest TensorFlow.js that their peer range allows.
//   node scripts/test-matrix.mjs [this | 22 | 24 | peers ...]     all of these when none is given
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeOf } from './lib/other-node.mjs';
import { byVersion, peerRange } from './lib/peer-range.mjs';
import { pnpm, requireNode, root } from './pnpm.mjs';

const ALL = ['this', '22', '24', 'peers'];
const shell = process.platform === 'win32';
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-matrix-'));
const rows = [];

function run(file, args, { cwd = root, quiet = false } = {}) {
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const done = spawnSync(file, args, { cwd, stdio, encoding: 'utf8', shell: shell && file !== process.execPath });
  if (done.error) throw done.error;
  if (quiet && done.status !== 0) throw new Error(`${file} ${args.join(' ')} failed\n${done.stdout}\n${done.stderr}`);
  return quiet ? done.stdout.trim() : done.status === 0;
}

/** Runs one cell of the table; what it throws fails it, and the others still run. */
function cell(title, body) {
  console.log(`\n── ${title}`);
  const begin = Date.now();
  let ok = false;
  try {
    ok = body();
  } catch (error) {
    console.error(error.message);
  }
  rows.push({ title, ok, seconds: (Date.now() - begin) / 1000 });
}

const vitest = join(dirname(createRequire(join(root, 'package.json')).resolve('vitest/package.json')), 'vitest.mjs');

function subset(node) {
  const readmes = run(node, [join(root, 'scripts/docs.mjs'), '--only-node']);
  const tests = run(node, [vitest, 'run', '--project', 'cpu', 'packages/core', 'packages/pruning']);
  return readmes && tests;
}

/** The packages packed and installed from their files beside one version of tfjs, and the READMEs' examples run there. */
function withPeer(version) {
  const folder = join(scratch, version);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const packed = readdirSync(join(root, 'packages')).map((name) => {
    const args = ['pack', '--silent', '--pack-destination', folder];
    return `./${run('npm', args, { cwd: join(root, 'packages', name), quiet: true })
      .split('\n')
      .at(-1)}`;
  });
  const tfjs = ['tfjs', 'tfjs-core', 'tfjs-layers'].map((name) => `@tensorflow/${name}@${version}`);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'examples/tour/package.json'), 'utf8'));
  const others = Object.keys(dependencies).filter((name) => name.startsWith('@resvg/'));
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  run('npm', ['install', ...options, ...packed, ...tfjs, ...others], { cwd: folder, quiet: true });
  const core = createRequire(join(folder, 'package.json')).resolve('@tensorflow/tfjs-core/package.json');
  const installed = JSON.parse(readFileSync(core, 'utf8')).version;
  if (installed !== version) throw new Error(`npm must install tfjs-core ${version}, got ${installed}`);
  return run(process.execPath, [join(root, 'scripts/docs.mjs'), '--in', folder]);
}

function peers() {
  const range = peerRange(join(root, 'packages'));
  // npm knows its ranges; one version comes as a string.
  const found = JSON.parse(
    run('npm', ['view', `@tensorflow/tfjs-core@${range}`, 'version', '--json'], { cwd: scratch, quiet: true }),
  );
  const versions = [found].flat().sort(byVersion);
  const ends = [...new Set([versions[0], versions.at(-1)])];
  const same = ends.length === 1 ? ', lowest and highest are the same, so it runs once' : '';
  console.log(`\ntfjs ${range} on npm: ${versions.join(', ')}${same}`);
  const label = (i) => (ends.length === 1 ? 'lowest and highest' : ['lowest', 'highest'][i]);
  for (const [i, version] of ends.entries())
    cell(`packages from npm pack, tfjs ${version} (${label(i)} of ${range}), Node ${process.versions.node}`, () =>
      withPeer(version),
    );
}

requireNode();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !ALL.includes(name));
if (unknown.length) {
  console.error(`test-matrix: arguments must be among ${ALL.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(1);
}
const frozen = pnpm(['install', '--frozen-lockfile', '--silent']).status === 0;
if (!frozen || pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']).status !== 0) process.exit(1);

try {
  for (const name of wanted.length ? wanted : ALL)
    if (name === 'this') cell(`Node ${process.versions.node}`, () => subset(process.execPath));
    else if (name === 'peers') peers();
    else cell(`Node ${name}`, () => subset(nodeOf(name).file));
} catch (error) {
  console.error(error.message);
  rows.push({ title: 'peers', ok: false, seconds: 0 });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log('');
for (const { title, ok, seconds } of rows)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
const failed = rows.filter(({ ok }) => !ok).length;
console.log(`\n${rows.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 && rows.length > 0 ? 0 : 1);
