// Other versions of Node than the one that runs.
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** The node of a major version, out of npm's package `node`, which holds the binary: `{file, version}`. */
export function nodeOf(major) {
  // npx would take a `node` of the folder it starts in.
  const args = ['--yes', '--prefer-offline', '--loglevel=error', `node@${major}`, '-p', 'process.execPath'];
  const options = { cwd: tmpdir(), encoding: 'utf8', shell: process.platform === 'win32' };
  const file = execFileSync('npx', args, options).trim().split('\n').at(-1);
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim();
  if (!version.startsWith(`v${major}.`)) throw new Error(`npx node@${major} must give Node ${major}, got ${version}`);
  return { file, version };
}
