// Installs and builds what a program of this repository needs, then runs it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, requireNode, root } from '../pnpm.mjs';

/** Runs a set-up step quietly; shows what it printed only when it fails. */
function step(title, args) {
  process.stdout.write(`${title} ... `);
  const begin = Date.now();
  const run = pnpm(args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status === 0) {
    console.log(`done in ${((Date.now() - begin) / 1000).toFixed(0)} s`);
    return;
  }
  console.log('failed');
  console.error(`${run.stdout}\n${run.stderr}`);
  process.exit(run.status ?? 1);
}

/** Builds these workspaces and runs a built file with these arguments; its status becomes ours. */
export function buildAndRun(workspaces, file, args) {
  requireNode();
  if (!existsSync(join(root, 'node_modules/.modules.yaml')))
    step('Installing packages from npm (once, about half a minute)', ['install', '--frozen-lockfile']);
  const filters = workspaces.map((name) => `--filter=${name}`);
  step('Building the packages', ['exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only']);
  const program = spawn(process.execPath, [join(root, file), ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the program by itself; it stops cleanly and its status is ours.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => program.kill('SIGTERM'));
  program.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
