import { spawnSync } from 'node:child_process';
import { root } from './root.mjs';

/** Runs a file of the deep tier, which measures and writes a table where an environment variable says so; ends the process as it ends. */
export function writeDeep(file, variable) {
  const args = [
    'vitest',
    'run',
    '--config',
    'vitest.deep.config.ts',
    '--project',
    'plain',
    file,
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync('npx', args, { cwd: root, stdio: 'inherit', env: { ...process.env, [variable]: '1' } });
  process.exitCode = status ?? 1;
}
