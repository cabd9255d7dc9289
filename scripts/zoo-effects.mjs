// Measures what quantization does to the outputs of published models and writes the table that the guide shows; WEIGHTKIT_MODELS names the
// folder of those that no package has:
//   node scripts/zoo-effects.mjs [-t handtrackjs] && node scripts/write-documents.mjs
import { spawnSync } from 'node:child_process';
import { root } from './lib/root.mjs';

const file = 'tooling/zoo/deep/effects.deep.ts';
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
const { status } = spawnSync('npx', args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WEIGHTKIT_WRITE_EFFECTS: '1' },
});
process.exitCode = status ?? 1;
