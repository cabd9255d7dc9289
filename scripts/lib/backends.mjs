// Which test backends that need a set-up of their own are ready on this machine. The set-up scripts write what they found
// into node_modules/.cache/weightkit; vitest.config.ts, the tests and CI read it here.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

const recordFile = (name) => join(root, 'node_modules/.cache/weightkit', `${name}.json`);

/** Keeps the facts of a finished set-up. */
export function record(name, facts) {
  const file = recordFile(name);
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(facts, null, 2)}\n`);
  renameSync(partial, file);
}

const FILES = { 'tfjs-node': ['binding'], browser: ['executablePath', 'icd'], firefox: ['executablePath'] };

/** The facts of a finished set-up, as long as every file among them is still there; otherwise nothing. */
export function recorded(name, paths = FILES[name]) {
  try {
    const facts = JSON.parse(readFileSync(recordFile(name), 'utf8'));
    return paths.every((path) => existsSync(facts[path])) ? facts : undefined;
  } catch {
    return undefined;
  }
}

const BROWSER = { setup: 'browser', command: 'node scripts/setup-browser.mjs' };
const PROJECTS = {
  node: { setup: 'tfjs-node', command: 'node scripts/setup-tfjs-node.mjs' },
  'webgpu-node': BROWSER,
  'webgpu-browser': BROWSER,
};

/**
 * The projects that need a set-up: `[{project, command, facts}]`, and for one that is not ready a `reason` in place of the
 * facts.
 */
export function backends(read = recorded) {
  return Object.entries(PROJECTS).map(([project, { setup, command }]) => {
    const facts = read(setup);
    return facts
      ? { project, command, facts }
      : { project, command, reason: `${setup} is not set up here; run: ${command}` };
  });
}

/** One line for each project that cannot run here. Under CI that is an error: a backend must not drop out in silence. */
export function missingBackends({ env = process.env, list = backends() } = {}) {
  const lines = list.filter(({ facts }) => !facts).map(({ project, reason }) => `${project}: ${reason}`);
  const isCI = env.CI !== undefined && env.CI !== '' && env.CI !== '0' && env.CI !== 'false';
  if (isCI && lines.length) throw new Error(`under CI every test backend must be set up\n  ${lines.join('\n  ')}`);
  return lines;
}
