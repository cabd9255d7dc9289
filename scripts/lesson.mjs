// npm run lesson: lists the lessons. `npm run lesson -- <name> [--parameter value ...]` runs one; `--help` lists its parameters.
import { join } from 'node:path';
import { buildAndRun } from './lib/build-and-run.mjs';
import { root } from './pnpm.mjs';

buildAndRun(['lessons', '@weightkit/lesson'], 'tooling/lesson/dist/main.js', [
  join(root, 'lessons/dist'),
  ...process.argv.slice(2),
]);
