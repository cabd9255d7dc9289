// Installs the packed packages beside tfjs, as npm does it for a user, in a folder outside the repository.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib/root.mjs';

const run = promisify(execFile);

/** What a user installs beside the packages, at the versions that this repository is developed with. */
function beside() {
  const from = createRequire(join(root, 'examples/tour/package.json'));
  return ['@tensorflow/tfjs', '@resvg/resvg-js'].map(
    (name) => `${name}@${JSON.parse(readFileSync(from.resolve(`${name}/package.json`), 'utf8')).version}`,
  );
}

/** A folder with one `node_modules` for all cases; each case has a folder of its own in it. */
export async function install(tarballs) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weightkit-e2e-')));
  if (!relative(root, folder).startsWith('..')) throw new Error(`e2e: ${folder} must be outside the repository`);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, name: 'e2e-user' })}\n`);
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];
  const files = tarballs.map(({ file }) => relative(folder, file));
  await run('npm', ['install', ...options, ...files.map((file) => `file:${file}`), ...beside()], {
    cwd: folder,
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  });
  const ours = join(folder, 'node_modules/@weightkit');
  const second = readdirSync(ours).filter((name) => existsSync(join(ours, name, 'node_modules')));
  if (second.length) throw new Error(`e2e: one copy of each package must do, got more below ${second.join(', ')}`);
  mkdirSync(join(folder, 'out'));
  return { folder };
}
