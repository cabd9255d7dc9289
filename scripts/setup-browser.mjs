// Finds a Chrome or Chromium for the WebGPU tests, or installs one, and the software Vulkan driver (SwiftShader) that ships with
// it. Prints what it found as JSON.
//   node scripts/setup-browser.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { record, recorded } from './lib/backends.mjs';
import { executable, installFromSystem, placesOf, run } from './lib/programs.mjs';
import { root } from './lib/root.mjs';

const ICD = 'vk_swiftshader_icd.json';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

// WebGPU on SwiftShader: with fewer of the first five, asynchronous work looks right and one synchronous read loses the device.
const ARGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-angle=swiftshader',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Every installed browser, the wanted ones first. */
function* installed({ env, names = NAMES }) {
  if (env.CHROMIUM_PATH) yield env.CHROMIUM_PATH;
  yield* placesOf(names, env);
  if (names === NAMES && process.platform === 'darwin') yield* MAC;
}

/** The folders where a browser's own files may be: beside the binary, beside what it links to, and where wrappers point. */
function foldersOf(path) {
  const beside = [dirname(path), dirname(realpathSync(path))];
  const names = [...NAMES, 'google/chrome'];
  return [...beside, ...['/usr/lib', '/usr/lib64', '/opt'].flatMap((lib) => names.map((name) => join(lib, name)))];
}

/** The description of SwiftShader that ships with this browser, for the Vulkan loader. */
const icdOf = (path) =>
  foldersOf(path)
    .map((folder) => join(folder, ICD))
    .find((file) => existsSync(file));

/**
 * The first installed browser that runs and has SwiftShader: `{executablePath, version, icd}`. `CHROMIUM_PATH`, where set, is
 * the only one looked at.
 */
export function findBrowser({ env = process.env, names } = {}) {
  const only = env.CHROMIUM_PATH !== undefined && env.CHROMIUM_PATH !== '';
  for (const executablePath of installed({ env, names: only ? [] : names })) {
    if (!executable(executablePath)) continue;
    const icd = icdOf(executablePath);
    const version = spawnSync(executablePath, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout?.trim();
    if (/^(Google Chrome|Chromium)/.test(version) && icd) return { executablePath, version, icd };
  }
  if (only) throw new Error(`setup-browser: CHROMIUM_PATH must be a Chromium with ${ICD}, got ${env.CHROMIUM_PATH}`);
  return undefined;
}

/** Playwright's own build, into Playwright's own cache. */
function installFromPlaywright() {
  console.error("setup-browser: installing Playwright's chromium");
  const require = createRequire(join(root, 'package.json'));
  const cli = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
  if (!run(process.execPath, [cli, 'install', 'chromium'], { timeout: 600_000 })) return undefined;
  const executablePath = require('playwright').chromium.executablePath();
  return findBrowser({ env: { ...process.env, CHROMIUM_PATH: executablePath } });
}

/**
 * A folder to add to the library path where the system has no Vulkan loader: the browser ships one. Nothing when the system
 * has its own.
 */
function loaderOf(icd) {
  const name = 'libvulkan.so.1';
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
  const triples = folders.flatMap((folder) => {
    const below = existsSync(folder) ? readdirSync(folder).filter((child) => child.endsWith('-linux-gnu')) : [];
    return [folder, ...below.map((child) => join(folder, child))];
  });
  if (triples.some((folder) => existsSync(join(folder, name)))) return undefined;
  return existsSync(join(dirname(icd), name)) ? dirname(icd) : undefined;
}

/** A browser for the WebGPU tests: `{executablePath, version, args, icd, loader}`. */
export function setupBrowser({ env = process.env } = {}) {
  const wanted = env.CHROMIUM_PATH || undefined;
  const known = recorded('browser');
  if (known && (wanted === undefined || wanted === known.executablePath)) return known;
  let found = findBrowser({ env });
  if (!found && installFromSystem(['chromium', 'libvulkan1'], 'setup-browser')) found = findBrowser({ env });
  found ??= installFromPlaywright();
  if (!found)
    throw new Error(
      'setup-browser: no Chrome or Chromium found, and none could be installed. Install one (Debian: apt-get install chromium ' +
        'libvulkan1), or set CHROMIUM_PATH to its binary, and run this again. docs/backends.md says more.',
    );
  const facts = { ...found, args: ARGS, loader: loaderOf(found.icd) };
  record('browser', facts);
  return facts;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(JSON.stringify(setupBrowser(), null, 2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
