// Installs the packed packages by the very commands of the READMEs and the site, in a folder outside the repository.
import { exec } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { userCommands } from '../../scripts/lib/docs/shell.mjs';
import { examplesOf } from '../../scripts/lib/examples.mjs';
import { root } from '../../scripts/lib/root.mjs';
import { setupTfjsNode } from '../../scripts/setup-tfjs-node.mjs';
import { registry } from './registry.mjs';

const run = promisify(exec);
const QUIET = { audit: 'false', fund: 'false', loglevel: 'error', prefer_offline: 'true', ignore_scripts: 'true' };
const env = { ...process.env, ...Object.fromEntries(Object.entries(QUIET).map(([k, v]) => [`npm_config_${k}`, v])) };

/** What the cases use beside what the pages install, at the versions that this repository is developed with. */
function beside() {
  const from = createRequire(join(root, 'examples/tour/package.json'));
  return ['@tensorflow/tfjs', '@resvg/resvg-js'].map(
    (name) => `${name}@${JSON.parse(readFileSync(from.resolve(`${name}/package.json`), 'utf8')).version}`,
  );
}

/** A command with the files of packages that have no scope: npm would ask the user's registry for their names. */
function fromFiles(command, tarballs) {
  const files = new Map(tarballs.filter(({ name }) => !name.startsWith('@')).map(({ name, file }) => [name, file]));
  return command
    .split(' ')
    .map((word) => files.get(word) ?? word)
    .join(' ');
}

/** An empty project outside the repository, and what npm does in it with the packed packages: `{folder, npm, close}`. */
async function project(tarballs, name) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `weightkit-${name}-`)));
  if (!relative(root, folder).startsWith('..')) throw new Error(`e2e: ${folder} must be outside the repository`);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, name: 'e2e-user' })}\n`);
  const server = await registry(tarballs);
  writeFileSync(join(folder, '.npmrc'), `@weightkit:registry=${server.url}\n`);
  const npm = (command, cwd = folder) => run(command, { cwd, env, maxBuffer: 1 << 26 });
  return { folder, npm, close: () => server.close() };
}

/** A folder with one `node_modules` for all cases; each case has a folder of its own in it. `says` counts the commands. */
export async function install(tarballs) {
  const { folder, npm, close } = await project(tarballs, 'e2e');
  const commands = userCommands();
  try {
    // A page says of a script that it is run in a clone of this repository.
    for (const command of [...commands, `npm install ${beside().join(' ')}`])
      await npm(
        fromFiles(command.replace('../my-project', folder), tarballs),
        command.startsWith('npm ') ? folder : root,
      );
  } finally {
    await close();
  }
  const ours = join(folder, 'node_modules/@weightkit');
  const missing = tarballs.filter(({ name }) => !existsSync(join(folder, 'node_modules', name)));
  if (missing.length) throw new Error(`e2e: no page installs ${missing.map(({ name }) => name).join(', ')}`);
  const second = readdirSync(ours).filter((name) => existsSync(join(ours, name, 'node_modules')));
  if (second.length) throw new Error(`e2e: one copy of each package must do, got more below ${second.join(', ')}`);
  mkdirSync(join(folder, 'out'));
  return { folder, says: `${commands.length} commands of the pages` };
}

/** A folder with some of the packages and what npm takes with them, for `body`; it is removed afterwards. */
export async function installAlone(tarballs, names, body) {
  const { folder, npm, close } = await project(tarballs, 'e2e-alone');
  try {
    await npm(fromFiles(`npm install ${names.join(' ')}`, tarballs));
    return await body(folder);
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The example projects, copied out of the repository and installed from their own package.json: each in a folder of its own below the
 * one that is returned, with one `node_modules` for all, so that npm runs once.
 */
export async function installExamples(tarballs) {
  const { folder, npm, close } = await project(tarballs, 'e2e-examples');
  try {
    const examples = examplesOf();
    for (const { name, folder: from } of examples)
      cpSync(from, join(folder, name), {
        recursive: true,
        filter: (path) => !/[\\/](node_modules|dist|out|public)$/.test(path),
      });
    const workspaces = examples.map(({ name }) => name);
    writeFileSync(
      join(folder, 'package.json'),
      `${JSON.stringify({ private: true, name: 'e2e-examples', workspaces })}\n`,
    );
    await npm('npm install');
  } finally {
    await close();
  }
  // What the install script of tfjs-node would have done, without its download.
  await setupTfjsNode({ into: folder });
  return folder;
}
