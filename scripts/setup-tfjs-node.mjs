// Gives tfjs-node its native half where `npm install` could not: the prebuilt binary where it can be had, else a build against
// the library in TensorFlow's Python wheel. It is made once, in the user's cache folder, and linked into node_modules.
//   node scripts/setup-tfjs-node.mjs [--into <project folder>] [--from-source]
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { record, recorded } from './lib/backends.mjs';
import { cacheFolder, makeOnce } from './lib/cache.mjs';
import { root } from './lib/root.mjs';
import { BINDING, buildFromWheel, installPrebuilt, packageFolder, WHEEL_VERSION } from './lib/tfjs-node-binding.mjs';

const REMEDY = `To get tfjs-node, do one of these and run this again:
  - let this machine reach storage.googleapis.com (or set TFJS_NODE_CDN_STORAGE to a mirror, HTTPS_PROXY to a proxy);
  - on Linux, have python3 with pip, g++ and a PyPI (pip's own settings are used);
  - on Linux with no PyPI, have python3 and g++, and set TENSORFLOW_WHEEL to the file of a tensorflow-cpu ${WHEEL_VERSION} wheel.
docs/backends.md says more.`;

/** The cache folder that holds the native half: one that is there, else the first that can be made. */
async function nativeFolder(source, version, fromSource) {
  const key = `${version}-napi8-${process.platform}-${process.arch}`;
  const ways = [
    { folder: `tfjs-node-prebuilt-${key}`, what: 'prebuilt binary', make: installPrebuilt },
    { folder: `tfjs-node-wheel-${WHEEL_VERSION}-${key}`, what: 'build from the wheel', make: buildFromWheel },
  ]
    .map((way) => ({ ...way, folder: join(cacheFolder(), way.folder) }))
    .slice(fromSource ? 1 : 0);
  const cached = ways.find(({ folder }) => existsSync(folder));
  if (cached) return cached;
  const failures = [];
  for (const way of ways) {
    console.log(`tfjs-node: ${way.what}`);
    try {
      await makeOnce(way.folder, (partial) => way.make(source, partial));
      return way;
    } catch (error) {
      console.log(`  not to be had: ${error.message.split('\n')[0]}`);
      failures.push(`${way.what}: ${error.message}`);
    }
  }
  throw new Error(`tfjs-node could not be set up\n  ${failures.join('\n  ')}\n${REMEDY}`);
}

/** Puts a link in place of the link, or of what an install script that failed has left there. */
function link(target, path) {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() && readlinkSync(path) === target) return;
  if (found && !found.isSymbolicLink()) rmSync(path, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  symlinkSync(target, fresh, 'junction');
  renameSync(fresh, path);
}

const PROOF = `
const util = require('node:util');
util.isNullOrUndefined ??= (v) => v === null || v === undefined;
util.isArray ??= Array.isArray;
const tf = require(process.argv[1]);
tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).data().then(([a, b, c, d]) => {
  if (tf.getBackend() !== 'tensorflow' || [a, b, c, d].join() !== '19,22,43,50') process.exit(1);
  process.stdout.write(tf.backend().binding.TF_Version);
});`;

/** Multiplies two matrices in a process of its own; returns the version of the TensorFlow library. */
function prove(source) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  const run = spawnSync(process.execPath, ['-e', PROOF, source], { encoding: 'utf8', env });
  if (run.status === 0) return run.stdout.match(/[\d.]+$/)?.[0];
  throw new Error(`tfjs-node is in place in ${source} but does not work\n${run.stderr}\n${REMEDY}`);
}

/** The folders of this repository that import tfjs-node; pnpm may keep a copy of it for each. */
const USERS = ['tooling/testing', 'tooling/lesson'];

async function setUpIn(project, fromSource) {
  const source = packageFolder(project);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const binding = join(source, BINDING);
  let way = 'found in place';
  // Links of an earlier run whose cache was deleted dangle, so a binding that exists is a whole one.
  if (!existsSync(binding) || fromSource) {
    const { folder, what } = await nativeFolder(source, version, fromSource);
    for (const name of ['deps', 'lib']) link(join(folder, name), join(source, name));
    way = what;
  }
  return { binding, way, version, tensorflow: prove(source) };
}

/** Sets tfjs-node up in a project's node_modules, or in this repository's; returns `{binding, way, tensorflow}`. */
export async function setupTfjsNode({ into = root, fromSource = false } = {}) {
  if (into !== root) return setUpIn(resolve(into), fromSource);
  const projects = USERS.map((folder) => join(root, folder));
  const bindings = projects.map((project) => join(packageFolder(project), BINDING));
  const known = recorded('tfjs-node');
  if (known?.binding === bindings[0] && bindings.every((path) => existsSync(path)) && !fromSource) return known;
  const facts = await setUpIn(projects[0], fromSource);
  for (const project of projects.slice(1)) await setUpIn(project, false);
  record('tfjs-node', facts);
  return facts;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { into: { type: 'string' }, 'from-source': { type: 'boolean' } } });
  try {
    const facts = await setupTfjsNode({ into: values.into, fromSource: values['from-source'] });
    console.log(`tfjs-node ${facts.version} with TensorFlow ${facts.tensorflow} (${facts.way}) is ready`);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
