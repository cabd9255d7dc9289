// npm start: installs and builds what the tour needs, then runs it. `npm start -- --help` lists the tour's options.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, requireNode, root } from './pnpm.mjs';

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

requireNode();
if (!existsSync(join(root, 'node_modules/.modules.yaml')))
  step('Installing packages from npm (once, about half a minute)', ['install', '--frozen-lockfile']);
step('Building the packages', ['exec', 'turbo', 'run', 'build', '--filter=tour', '--output-logs=errors-only']);

const tour = spawn(process.execPath, [join(root, 'examples/tour/dist/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the tour by itself; it stops cleanly and its status is ours.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => tour.kill('SIGTERM'));
tour.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
