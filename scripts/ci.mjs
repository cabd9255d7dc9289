// npm test: the checks and tests of a change, in order; each step is named and timed, a failure does not hide the next.
//   node scripts/ci.mjs [--all]
// Everything runs but two slow things: the tests on tfjs-node and WebGPU and the walk through the pages of the site, which run for
// what differs from what was last pushed (scripts/lib/affected.mjs). --all, which CI gives, runs these as well: every test on every
// backend and every page. Of lessons those that were changed and a sample of the others are tested and opened, a smaller one walked
// through and tested on cpu and tfjs-node too: what grows with the number of lessons is whole in npm run test:deep. With --all every
// lesson is tested on wasm and opened.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { affected, walkOf } from './lib/affected.mjs';
import { backends, missingBackends } from './lib/backends.mjs';
import { changedFiles } from './lib/changed-files.mjs';
import { readGraph } from './lib/graph.mjs';
import { failureLines, projectLines, readReports, scopeLines } from './lib/test-report.mjs';
import { lessonLines, lessonTimes, overtime, slowestLines } from './lib/test-times.mjs';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const { all } = parseArgs({ options: { all: { type: 'boolean', default: false } } }).values;
const graph = readGraph();
const differs = changedFiles();
const { files: changed, since, reason } = all ? { reason: '--all was given' } : differs;
const scope = affected(changed, graph, reason);
const { opened, ...walked } = walkOf(scope.site, differs.files ?? [], Object.keys(graph.lessons));
const walk = all ? walked : { ...walked, opened };
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-ci-'));
const reportFiles = [];
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
  for (const script of ['setup-tfjs-node', 'setup-browser', 'setup-firefox']) node([`scripts/${script}.mjs`]);
  try {
    for (const line of missingBackends()) console.log(`skipped  ${line}`);
    return { status: 0 };
  } catch (error) {
    return { status: 1, error };
  }
}

/** Tests, of lessons those that were chosen; what they came to goes to a file of their own. */
function test(args) {
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/test-reporter.mjs'];
  const report = join(scratch, `${reportFiles.length}.json`);
  reportFiles.push(report);
  return pnpm(['exec', 'vitest', 'run', ...args, ...reporters], {
    env: { WEIGHTKIT_REPORT: report, WEIGHTKIT_WALK: JSON.stringify(walk) },
  });
}

/** The built site in Chromium; without one it is skipped, with the reason in the table. */
function testSite() {
  const { facts } = backends().find(({ project }) => project === 'webgpu-browser');
  if (!facts && !process.env.CI) return { status: 0 };
  return test(['--config', 'website/vitest.config.mts']);
}

/** Tests of some projects; where none of them is set up there is nothing to run, and the table says why. */
function testOn(names, filters = []) {
  const missing = backends().filter(({ facts }) => !facts);
  const ready = names.filter((name) => !missing.some(({ project }) => project === name));
  // A browser project's name ends with its browser.
  return ready.length ? test([...ready.map((name) => `--project=${name}*`), ...filters]) : { status: 0 };
}

const FAST = ['plain', 'cpu', 'wasm'];
const SLOW = backends().map(({ project }) => project);
const { filters } = scope.backends;
/** All tests on the fast backends, and on the others those that the change reaches. */
const testSteps = scope.backends.all
  ? [['tests', () => test([])]]
  : [
      ['tests on cpu, wasm and without a backend', () => testOn(FAST)],
      ...(filters.length ? [['tests on the other backends, of what changed', () => testOn(SLOW, filters)]] : []),
    ];

/** The times of the tests so far; a lesson far above its allowance fails. */
function checkTimes() {
  const { files } = readReports(reportFiles);
  const times = lessonTimes(Object.keys(graph.lessons), files);
  for (const line of lessonLines(times)) console.log(line);
  console.log('\nthe slowest test files');
  for (const line of slowestLines(files)) console.log(line);
  return { status: overtime(times).some(({ fails }) => fails) ? 1 : 0 };
}

const install = ['install', process.env.CI ? '--frozen-lockfile' : '--prefer-frozen-lockfile'];
let users = () => ({ status: 1, error: new Error('not begun') });
const siteStep = ['the site in Chromium', testSite];
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
  siteStep,
  ...testSteps,
  [
    'the tour on the built packages, one epoch of 12,000 digits',
    () => node(['examples/tour/dist/main.js', '--epochs', '1', '--train', '12000', '--out', join(scratch, 'out')]),
  ],
  ['time of the tests', checkTimes],
];
for (const line of scopeLines(scope, { changed, since, walk })) console.log(line);

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

console.log('');
for (const { title, ok, seconds } of done)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
for (const [title] of steps.slice(done.length)) console.log(`not run           ${title}`);
const { projects: counts, failures } = readReports(reportFiles);
console.log('');
for (const line of failureLines(failures)) console.log(line);
for (const line of projectLines(counts, { list: backends(), scope })) console.log(line);
const sum = (what) => Object.values(counts).reduce((total, of) => total + of[what], 0);
const tests = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
rmSync(scratch, { recursive: true, force: true });
// Every step but the test runs counts as one check; a test run counts by its tests, or as one failure when it has none.
const testTitles = [siteStep, ...testSteps].map(([title]) => title);
const isTests = ({ title }) => testTitles.includes(title);
const checks = done.filter((step) => !isTests(step));
const brokenRuns = done.filter((step) => isTests(step) && !step.ok).length;
const failedTests = Math.max(tests.failed, brokenRuns);
const passed = tests.passed + checks.filter(({ ok }) => ok).length;
const failed = failedTests + checks.filter(({ ok }) => !ok).length;
console.log(`\n${passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exit(failed === 0 && done.length === steps.length ? 0 : 1);
