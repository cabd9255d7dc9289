// npm run test:deep: the tests that take minutes, `packages/*/deep/*.deep.ts`, `lessons/*/*.deep.ts` and the whole tour;
// arguments go to vitest.
//   node scripts/test-deep.mjs [packages/numerics ...]
import { pnpm, requireNode } from './pnpm.mjs';

requireNode();
const steps = [
  ['install', '--prefer-frozen-lockfile', '--silent'],
  ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'],
  ['exec', 'vitest', 'run', '--config', 'vitest.deep.config.ts', ...process.argv.slice(2)],
];
const begin = Date.now();
const failed = steps.find((args) => pnpm(args).status !== 0);
const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
console.log(failed ? `\nFAILED in ${minutes} min: pnpm ${failed.join(' ')}` : `\ndeep tests passed in ${minutes} min`);
process.exit(failed ? 1 : 0);
