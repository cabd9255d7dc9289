// Runs the pnpm that package.json names, with nothing installed beforehand but Node and npm.
//   node scripts/pnpm.mjs <pnpm arguments>
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const wanted = packageManager.slice(packageManager.indexOf('@') + 1);
const shell = process.platform === 'win32';
const env = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...process.env };

/** Refuses a Node that the packages do not support, before anything obscure fails. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`weightkit: Node must be 20.19 or newer, got ${version}. Install a current Node and run this again.`);
  process.exit(1);
}

let command;
/** The pnpm of the wanted version: the one on PATH if it is that one, else npm's npx fetches it. */
function pnpmCommand() {
  if (command) return command;
  const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell, cwd: tmpdir(), env });
  command =
    found.status === 0 && found.stdout.trim() === wanted
      ? { file: 'pnpm', args: [], cwd: root }
      : // npx reads every package of the folder it starts in, which costs seconds here: start it elsewhere.
        {
          file: 'npx',
          args: ['--yes', '--prefer-offline', '--loglevel=error', `pnpm@${wanted}`, '-C', root],
          cwd: tmpdir(),
        };
  return command;
}

/** Runs pnpm in the repository root and returns the finished process. */
export function pnpm(args, options = {}) {
  const { file, args: first, cwd } = pnpmCommand();
  const run = spawnSync(file, [...first, ...args], {
    stdio: 'inherit',
    shell,
    cwd,
    ...options,
    env: { ...env, ...options.env },
  });
  if (run.error) throw run.error;
  return run;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  process.exit(pnpm(process.argv.slice(2)).status ?? 1);
}
