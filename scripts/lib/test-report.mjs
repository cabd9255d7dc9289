// What `npm test` says of its tests: what was chosen and why, what each project came to, and what was left out.
import { readFileSync } from 'node:fs';

const ALL = 'npm test -- --all runs it';

/** The reports of the test runs together: `{projects, failures, files}`; nothing of a run that wrote none. */
export function readReports(paths) {
  const projects = {};
  const failures = [];
  const files = [];
  for (const path of paths)
    try {
      const report = JSON.parse(readFileSync(path, 'utf8'));
      files.push(...report.files);
      failures.push(...report.failures);
      for (const [name, of] of Object.entries(report.projects)) {
        const sum = projects[name] ?? { passed: 0, failed: 0, skipped: 0, reasons: {} };
        for (const what of ['passed', 'failed', 'skipped']) sum[what] += of[what];
        for (const [why, count] of Object.entries(of.reasons)) sum.reasons[why] = (sum.reasons[why] ?? 0) + count;
        projects[name] = sum;
      }
    } catch {}
  return { projects, failures, files };
}

/** A line for each test that failed, for the end of the output, which is what is kept of a run. */
export const failureLines = (failures) =>
  failures.map(({ project, file, test, said }) => `failed  ${project}  ${file}  ${test}: ${said}`);

const orNone = (list) => list.join(', ') || 'none';

/** What the tests that depend on the change are run for, and why. */
export function scopeLines({ backends, site }, { changed, since, walk }) {
  const head = changed ? [`${changed.length} files differ from ${since}`] : [];
  const tests = backends.all
    ? [`tfjs-node and WebGPU: all tests, because ${backends.why}`]
    : [`tfjs-node and WebGPU: ${orNone(backends.runs)}`, `left out on these: ${orNone(backends.left)}`];
  const pages = site.all
    ? [`the site: every page, because ${site.why}`]
    : [`the site: the home page and the pages ${orNone(site.pages)}`];
  return [
    ...head,
    ...tests,
    ...pages,
    `lessons that are opened, and tested on wasm: ${walk.opened ? orNone(walk.opened) : 'all'}`,
    `lessons that are walked through, and tested on more than wasm: ${orNone(walk.lessons)}`,
  ];
}

/** A line for each project: what ran on it, or why nothing did. `list` are the backends that need a set-up. */
export function projectLines(counts, { list, scope }) {
  const names = ['plain', 'cpu', 'wasm', ...list.map(({ project }) => project), 'site'];
  const reasons = Object.fromEntries(list.map(({ project, reason }) => [project, reason]));
  reasons.site = reasons['webgpu-browser'];
  const slow = new Set(list.map(({ project }) => project));
  const left = scope.backends.all ? [] : scope.backends.left;
  const head = `${'tests on'.padEnd(16)} ${['passed', 'failed', 'skipped'].map((word) => word.padStart(8)).join('')}`;
  const rows = [...new Set([...names, ...Object.keys(counts)])].map((name) => {
    const { passed, failed, skipped, reasons: why = {} } = counts[name] ?? {};
    const figures = [passed, failed, skipped].map((n) => String(n ?? '-').padStart(8)).join('');
    const notes = Object.entries(why).map(([reason, count]) => `${count}: ${reason}`);
    const isLeft = slow.has(name) && left.length > 0 && !reasons[name];
    if (isLeft) notes.push(`left out, because the change does not reach it: ${left.join(', ')}; ${ALL}`);
    else if (!counts[name]) notes.push(reasons[name] ?? 'not run');
    return `${name.padEnd(16)} ${figures}   ${notes.join('; ')}`.trimEnd();
  });
  return [head, ...rows];
}
