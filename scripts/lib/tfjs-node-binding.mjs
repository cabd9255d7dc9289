// The two ways to the native half of tfjs-node: its own install script, which downloads a prebuilt one, and a build against the
// library inside the Python wheel of TensorFlow. Both fill a folder with `deps/lib` (the library) and `lib/napi-v8` (the binding).
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { root } from './root.mjs';

export const BINDING = 'lib/napi-v8/tfjs_binding.node';
export const WHEEL_VERSION = '2.21.0';

/** Runs a program to its end; throws the last lines of what it wrote when it fails. */
function must(what, file, args, options = {}) {
  const run = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (run.status === 0) return run.stdout;
  const wrote = `${run.stdout ?? ''}\n${run.stderr ?? ''}`.trim().split('\n').slice(-12).join('\n    ');
  throw new Error(`${what} failed (${file}: ${run.error?.code ?? run.signal ?? `status ${run.status}`})\n    ${wrote}`);
}

/** Whether the server of the prebuilt binary answers within five seconds; behind a proxy only trying can tell. */
async function serverAnswers(env) {
  if (env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy) return;
  const { TFJS_NODE_CDN_STORAGE, CDN_STORAGE } = env;
  const server = TFJS_NODE_CDN_STORAGE || CDN_STORAGE || 'https://storage.googleapis.com/';
  try {
    await fetch(server, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  } catch (error) {
    throw new Error(`${server} does not answer (${error.cause?.code ?? error.name})`);
  }
}

/** The prebuilt binary, by the package's own install script: it rewrites its package.json, so it runs on a copy. */
export async function installPrebuilt(source, folder, { env = process.env } = {}) {
  await serverAnswers(env);
  const copy = join(folder, 'package');
  cpSync(source, copy, { recursive: true, filter: (path) => !/[\\/](node_modules|deps|lib)$/.test(path) });
  const siblings = dirname(dirname(source));
  symlinkSync(siblings, join(copy, 'node_modules'), 'junction');
  // Where the library comes but no prebuilt binding, the script compiles one with the headers that were installed with Node.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include/node')) ? { npm_config_nodedir: prefix } : {};
  const bins = [join(source, 'node_modules/.bin'), join(siblings, '.bin')];
  must('its install script', process.execPath, ['scripts/install.js'], {
    cwd: copy,
    timeout: 600_000,
    env: { ...headers, ...env, PATH: [...bins, env.PATH].join(delimiter) },
  });
  if (!existsSync(join(copy, BINDING))) throw new Error('its install script ended without a binding');
  for (const name of ['deps', 'lib']) renameSync(join(copy, name), join(folder, name));
  rmSync(copy, { recursive: true });
}

const UNPACK = `
import re, sys, zipfile
wheel, folder = sys.argv[1:]
wanted = re.compile(r'tensorflow/(libtensorflow_(cc|framework)\\.so\\.2$|include/(tensorflow/c/|xla/tsl/c/|(tensorflow/core|tsl)/platform/ctstring))')
with zipfile.ZipFile(wheel) as z:
    z.extractall(folder, [n for n in z.namelist() if wanted.match(n) and not n.endswith('/')])
`;

/** The wheel of tensorflow-cpu: the given file, else what pip downloads. Any Python version's will do: only its library is used. */
function takeWheel(folder, python, env) {
  if (env.TENSORFLOW_WHEEL) return env.TENSORFLOW_WHEEL;
  console.log(`  downloading the wheel tensorflow-cpu ${WHEEL_VERSION} with pip (about 270 MB)`);
  const only = ['--only-binary=:all:', '--python-version', '3.11'];
  const args = ['-m', 'pip', 'download', '--no-deps', ...only, `tensorflow-cpu==${WHEEL_VERSION}`, '-q', '-d', folder];
  must('pip download', python, args, { env });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.whl')),
  );
}

/** The binding built with g++ against the library in the wheel. */
export function buildFromWheel(source, folder, { env = process.env } = {}) {
  if (process.platform !== 'linux') throw new Error(`the build from the wheel is for Linux, got ${process.platform}`);
  const python = env.PYTHON || 'python3';
  const compiler = env.CXX || 'g++';
  must('looking for Python', python, ['--version']);
  must('looking for a C++ compiler', compiler, ['--version']);
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const wheel = takeWheel(scratch, python, env);
  console.log('  unpacking the library (about 850 MB)');
  must('unpacking the wheel', python, ['-c', UNPACK, wheel, scratch]);
  const lib = join(folder, 'deps/lib');
  mkdirSync(lib, { recursive: true });
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    renameSync(join(scratch, 'tensorflow', name), join(lib, name));
  // The name with 2.9.1 is what makes the package's own install script skip its download.
  for (const name of ['libtensorflow.so', 'libtensorflow.so.2.9.1'])
    symlinkSync('libtensorflow_cc.so.2', join(lib, name));
  symlinkSync('libtensorflow_framework.so.2', join(lib, 'libtensorflow_framework.so'));
  renameSync(join(scratch, 'tensorflow/include'), join(folder, 'deps/include'));
  rmSync(scratch, { recursive: true });
  console.log('  compiling the binding');
  compile(source, folder, compiler);
}

function compile(source, folder, compiler) {
  const { include_dir: node } = createRequire(join(root, 'tooling/testing/package.json'))('node-api-headers');
  const out = join(folder, BINDING);
  mkdirSync(dirname(out), { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, 'binding', name));
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-pthread', '-w', '-DNAPI_VERSION=8'];
  const headers = ['-I', node, '-I', join(folder, 'deps/include')];
  const libraries = ['-L', join(folder, 'deps/lib'), '-ltensorflow', '-ltensorflow_framework'];
  const origin = '-Wl,-rpath,$ORIGIN/../../deps/lib';
  must('compiling the binding', compiler, [...flags, ...headers, ...sources, ...libraries, origin, '-o', out]);
}

/** Where the package is that a project imports as @tensorflow/tfjs-node. */
export function packageFolder(project) {
  const file = createRequire(join(project, 'package.json')).resolve('@tensorflow/tfjs-node/package.json');
  return realpathSync(dirname(file));
}
