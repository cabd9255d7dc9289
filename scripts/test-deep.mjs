// npm run test:deep: the tests that take minutes, `packages/*/deep/*.deep.ts`, `lessons/{,*/}*.deep.ts`, the whole tour, code blocks
// twenty times, the tests of every lesson on cpu and tfjs-node, and the walk through every lesson and page of the site. A name runs
// those whose path has it in it, `lessons` all of lessons, `site` those of the site, `blocks` the code blocks; other arguments go to
// vitest. What tests leave to chance differs from day to day. The time of each file is printed at the end.
//   node scripts/test-deep.mjs [name ...]     numerics, tour, compute-by-hand, laws, lessons, blocks, site, ...
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReports } from './lib/test-report.mjs';
import { slowestLines } from './lib/test-times.mjs';
import { pnpm, requireNode } from './pnpm.mjs';

requireNode();
// npm test draws the same each time; here a test meets other weights, and WEIGHTKIT_CHANCE repeats a day's.
const { WEIGHTKIT_CHANCE: chance = new Date().toISOString().slice(0, 10) } = process.env;
console.log(`WEIGHTKIT_CHANCE=${chance}`);
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-deep-'));
const asked = process.argv.slice(2);
const names = asked.filter((name) => !['blocks', 'site'].includes(name));
const reports = [];
const vitest = (config, ...args) => {
  const report = join(scratch, `${reports.length}.json`);
  reports.push(report);
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/test-reporter.mjs'];
  const command = ['exec', 'vitest', 'run', '--config', config, ...reporters, ...args];
  return { command, env: { WEIGHTKIT_REPORT: report, WEIGHTKIT_WALK: '', WEIGHTKIT_CHANCE: chance } };
};
const steps = [
  { command: ['install', '--prefer-frozen-lockfile', '--silent'], needed: true },
  { command: ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], needed: true },
  ...(asked.length === 0 || names.length > 0 ? [vitest('vitest.deep.config.ts', ...names)] : []),
  ...(asked.length === 0 || asked.includes('lessons')
    ? [
        { command: ['exec', 'node', 'scripts/setup-tfjs-node.mjs'] },
        vitest('vitest.config.ts', '--project=cpu', '--project=node', 'lessons/'),
      ]
    : []),
  ...(asked.length === 0 || asked.includes('blocks')
    ? [{ command: ['exec', 'node', 'scripts/docs.mjs', '--repeat', '20'] }]
    : []),
  ...(asked.length === 0 || asked.includes('site')
    ? [
        ...['browser', 'firefox'].map((what) => ({ command: ['exec', 'node', `scripts/setup-${what}.mjs`] })),
        { command: ['exec', 'turbo', 'run', 'site', '--output-logs=errors-only'], needed: true },
        vitest('website/vitest.config.mts'),
      ]
    : []),
];
const begin = Date.now();
const failed = [];
for (const { command, env, needed } of steps) {
  if (pnpm(command, { env }).status === 0) continue;
  failed.push(`pnpm ${command.join(' ')}`);
  if (needed) break;
}
const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
for (const line of slowestLines(readReports(reports).files, Number.POSITIVE_INFINITY)) console.log(line);
rmSync(scratch, { recursive: true, force: true });
console.log(
  failed.length ? `\nFAILED in ${minutes} min: ${failed.join('; ')}` : `\ndeep tests passed in ${minutes} min`,
);
process.exit(failed.length ? 1 : 0);
