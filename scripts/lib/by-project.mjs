// A vitest reporter that writes how many tests passed, failed and were skipped in each project, and why, to the file that the
// environment variable WEIGHTKIT_COUNTS names.
import { writeFileSync } from 'node:fs';

const none = () => ({ passed: 0, failed: 0, skipped: 0, reasons: {} });

export default class ByProject {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = {};
    for (const module of modules) {
      // A browser project's name ends with its browser.
      const name = module.project.name.replace(/ \(.*\)$/, '');
      const of = counts[name] ?? none();
      counts[name] = of;
      // A file that cannot be loaded, or whose set-up fails, has no tests to show for it.
      if (module.errors().length > 0) of.failed++;
      for (const test of module.children.allTests()) {
        const { state, note = 'no reason given' } = test.result();
        if (state === 'passed' || state === 'failed') of[state]++;
        else {
          of.skipped++;
          of.reasons[note] = (of.reasons[note] ?? 0) + 1;
        }
      }
    }
    if (unhandledErrors.length > 0) counts['outside of tests'] = { ...none(), failed: unhandledErrors.length };
    writeFileSync(process.env.WEIGHTKIT_COUNTS, JSON.stringify(counts));
  }
}
