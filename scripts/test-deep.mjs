// npm run test:deep: the tests that take minutes, `packages/*/deep/*.deep.ts`, `lessons/{,*/}*.deep.ts` and the whole tour. A name
// runs those whose path has it in it; other arguments go to vitest. The time of each file is printed at the end.
//   node scripts/test-deep.mjs [name ...]     numerics, tour, compute-by-hand, laws, ...
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReports } from './lib/test-report.mjs';
import { slowestLines } from './lib/test-times.mjs';
import { pnpm, requireNode } from './pnpm.mjs';

requireNode();
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-deep-'));
const report = join(scratch, 'report.json');
const reporters = ['--reporter=default', '--reporter=./scripts/lib/test-reporter.mjs'];
const steps = [
  ['install', '--prefer-frozen-lockfile', '--silent'],
  ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'],
  ['exec', 'vitest', 'run', '--config', 'vitest.deep.config.ts', ...reporters, ...process.argv.slice(2)],
];
const begin = Date.now();
const failed = steps.find((args) => pnpm(args, { env: { WEIGHTKIT_REPORT: report } }).status !== 0);
const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
for (const line of slowestLines(readReports([report]).files, Number.POSITIVE_INFINITY)) console.log(line);
rmSync(scratch, { recursive: true, force: true });
console.log(failed ? `\nFAILED in ${minutes} min: pnpm ${failed.join(' ')}` : `\ndeep tests passed in ${minutes} min`);
process.exit(failed ? 1 : 0);
