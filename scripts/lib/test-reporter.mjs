// A vitest reporter that writes what a run came to into the file that the environment variable WEIGHTKIT_REPORT names: how many
// tests passed, failed and were skipped in each project, and why; which failed; the time of each file and of each group at its top.
import { writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { root } from './root.mjs';

const none = () => ({ passed: 0, failed: 0, skipped: 0, reasons: {} });
// A browser project's name ends with its browser.
const projectOf = (module) => module.project.name.replace(/ \(.*\)$/, '');

/** Seconds of a file's tests and hooks, and of what ran of each `describe` at its top. */
function timesOf(module) {
  const groups = {};
  for (const child of module.children)
    if (child.type === 'suite') {
      const tests = [...child.children.allTests()].filter((test) => test.result().state !== 'skipped');
      const times = tests.map((test) => test.diagnostic()?.duration ?? 0);
      if (tests.length > 0) groups[child.name] = times.reduce((sum, time) => sum + time, 0) / 1000;
    }
  const file = relative(root, module.moduleId).split(sep).join('/');
  return { project: projectOf(module), file, seconds: module.diagnostic().duration / 1000, groups };
}

/** The first line of the first error. */
const saidOf = (errors) => String(errors?.[0]?.message ?? '').split('\n')[0];

export default class TestReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const projects = {};
    const failures = [];
    for (const module of modules) {
      const name = projectOf(module);
      const { file } = timesOf(module);
      const of = projects[name] ?? none();
      projects[name] = of;
      // A file that cannot be loaded, or whose set-up fails, has no tests to show for it.
      if (module.errors().length > 0) {
        of.failed++;
        failures.push({ project: name, file, test: 'the file', said: saidOf(module.errors()) });
      }
      for (const test of module.children.allTests()) {
        const { state, errors, note = 'no reason given' } = test.result();
        if (state === 'failed') failures.push({ project: name, file, test: test.fullName, said: saidOf(errors) });
        if (state === 'passed' || state === 'failed') of[state]++;
        else {
          of.skipped++;
          of.reasons[note] = (of.reasons[note] ?? 0) + 1;
        }
      }
    }
    for (const error of unhandledErrors)
      failures.push({ project: 'outside of tests', file: '-', test: '-', said: saidOf([error]) });
    if (unhandledErrors.length > 0) projects['outside of tests'] = { ...none(), failed: unhandledErrors.length };
    writeFileSync(process.env.WEIGHTKIT_REPORT, JSON.stringify({ projects, failures, files: modules.map(timesOf) }));
  }
}
