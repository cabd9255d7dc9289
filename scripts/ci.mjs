// npm test: everything that CI runs, in order; each step is named and timed, a failure does not hide the next.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backends, missingBackends } from './lib/backends.mjs';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-ci-'));
const countFiles = [];
const node = (args) => spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root });
const exec = (...args) => pnpm(['exec', ...args]);

/** Starts a program of a minute beside the steps that follow. Its own step waits for it and prints what it printed. */
function beside(...args) {
  const log = join(scratch, 'beside.txt');
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, args, { stdio: ['ignore', output, output], cwd: root });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 1, error }));
    child.on('close', (status) => resolve({ status }));
  });
  return async () => {
    const result = await ended;
    process.stdout.write(readFileSync(log));
    return result;
  };
}

/** Sets up the test backends that need it; one that cannot be is skipped with the reason, and fails the step under CI. */
function setUpBackends() {
  for (const script of ['setup-tfjs-node', 'setup-browser']) node([`scripts/${script}.mjs`]);
  try {
    for (const line of missingBackends()) console.log(`skipped  ${line}`);
    return { status: 0 };
  } catch (error) {
    return { status: 1, error };
  }
}

/** Tests; their counts by project go to a file of their own. */
function test(...args) {
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/by-project.mjs'];
  const counts = join(scratch, `${countFiles.length}.json`);
  countFiles.push(counts);
  return pnpm(['exec', 'vitest', 'run', ...args, ...reporters], { env: { WEIGHTKIT_COUNTS: counts } });
}

/** The built site in Chromium; without one it is skipped, with the reason in the table. */
function testSite() {
  const { facts } = backends().find(({ project }) => project === 'webgpu-browser');
  return facts || process.env.CI ? test('--config', 'website/vitest.config.mts') : { status: 0 };
}

const install = ['install', process.env.CI ? '--frozen-lockfile' : '--prefer-frozen-lockfile'];
let users = () => ({ status: 1, error: new Error('not begun') });
const steps = [
  ['install', () => pnpm(install), 'needed by all that follows'],
  ['build', () => exec('turbo', 'run', 'build', '--output-logs=errors-only'), 'needed by all that follows'],
  ['test backends: tfjs-node, WebGPU', setUpBackends],
  [
    'format and lint, dependency picture',
    () => {
      users = beside('e2e/run.mjs');
      return exec('biome', 'ci', '.');
    },
  ],
  ['types', () => exec('turbo', 'run', 'typecheck', '--concurrency=2', '--output-logs=errors-only')],
  ['WebAssembly is what its source builds', () => node(['packages/numerics/scripts/build-wasm.mjs', '--check'])],
  ['unused files, exports and dependencies', () => exec('knip')],
  ['changesets', () => exec('changeset', 'status', '--since=HEAD')],
  ['packages as published', () => exec('turbo', 'run', 'check:package', '--output-logs=errors-only')],
  ['release: version, changelog, npm publish --dry-run', () => node(['scripts/release-check.mjs'])],
  ['the site, API reference included', () => exec('turbo', 'run', 'site', '--output-logs=errors-only')],
  ['code blocks of READMEs, site, lessons and doc comments', () => node(['scripts/docs.mjs'])],
  ['packages as users get them, begun beside the steps above', () => users()],
  ['the site in Chromium', testSite],
  ['tests', () => test()],
  [
    'the tour on the built packages, one epoch of 12,000 digits',
    () => node(['examples/tour/dist/main.js', '--epochs', '1', '--train', '12000', '--out', join(scratch, 'out')]),
  ],
];

const done = [];
for (const [title, run, essential] of steps) {
  console.log(`\n── ${title}`);
  const begin = Date.now();
  const { status, error } = await run();
  if (error) console.error(error.message);
  done.push({ title, ok: status === 0, seconds: (Date.now() - begin) / 1000 });
  if (status !== 0 && essential) {
    console.error(`${title}: ${essential}, so the rest was not run`);
    break;
  }
}

/** Counts of the test runs, by project; nothing of one that wrote none. */
function testCounts() {
  return Object.assign(
    {},
    ...countFiles.map((file) => {
      try {
        return JSON.parse(readFileSync(file, 'utf8'));
      } catch {
        return {};
      }
    }),
  );
}

/** A line for each project: what ran on it, or why nothing did. */
function printProjects(counts) {
  const names = ['plain', 'cpu', 'wasm', ...backends().map(({ project }) => project), 'site'];
  const reasons = Object.fromEntries(backends().map(({ project, reason }) => [project, reason]));
  reasons.site = reasons['webgpu-browser'];
  console.log(`\n${'tests on'.padEnd(16)} ${['passed', 'failed', 'skipped'].map((word) => word.padStart(8)).join('')}`);
  for (const name of new Set([...names, ...Object.keys(counts)])) {
    const { passed, failed, skipped, reasons: why = {} } = counts[name] ?? {};
    const figures = [passed, failed, skipped].map((n) => String(n ?? '-').padStart(8)).join('');
    const skips = Object.entries(why).map(([reason, count]) => `${count}: ${reason}`);
    const note = counts[name] ? skips.join('; ') : (reasons[name] ?? 'not run');
    console.log(`${name.padEnd(16)} ${figures}   ${note}`.trimEnd());
  }
}

console.log('');
for (const { title, ok, seconds } of done)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
for (const [title] of steps.slice(done.length)) console.log(`not run           ${title}`);
const counts = testCounts();
printProjects(counts);
const sum = (what) => Object.values(counts).reduce((total, of) => total + of[what], 0);
const tests = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
rmSync(scratch, { recursive: true, force: true });
// Every step but the test runs counts as one check; a test run counts by its tests, or as one failure when it has none.
const isTests = ({ title }) => title === 'tests' || title === 'the site in Chromium';
const checks = done.filter((step) => !isTests(step));
const brokenRuns = done.filter((step) => isTests(step) && !step.ok).length;
const failedTests = Math.max(tests.failed, brokenRuns);
const passed = tests.passed + checks.filter(({ ok }) => ok).length;
const failed = failedTests + checks.filter(({ ok }) => !ok).length;
console.log(`\n${passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exit(failed === 0 && done.length === steps.length ? 0 : 1);
