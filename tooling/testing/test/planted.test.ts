import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { backends } from '../../../scripts/lib/backends.mjs';

interface Report {
  testResults: { name: string; status: string; message: string; assertionResults: { failureMessages: string[] }[] }[];
}

const here = dirname(fileURLToPath(import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/** Runs the planted files on a project; for each file, whether it passed, and why not. */
async function runPlanted(project: string): Promise<Record<string, { passed: boolean; why: string }>> {
  const args = ['run', '--config', join(here, 'planted/vitest.config.ts'), '--root', here, '--project', project];
  const { VITEST: _, ...env } = process.env;
  const stdout = await new Promise<string>((done) => {
    // It ends with an error, as it should: tests fail.
    execFile(process.execPath, [vitest, ...args, '--reporter=json'], { env }, (_error, text) => done(text));
  });
  const report = JSON.parse(stdout.slice(stdout.indexOf('{"'))) as Report;
  return Object.fromEntries(
    report.testResults.map(({ name, status, message, assertionResults }) => [
      name.replace(/^.*\/(.*)\.planted\.ts$/, '$1'),
      {
        passed: status === 'passed',
        why: [message, ...assertionResults.flatMap(({ failureMessages }) => failureMessages)].join('\n'),
      },
    ]),
  );
}

/** What each faulty row of planted/contract.planted.ts must say. */
const FAULTS = [
  "to deeply equal [ 'uncovered' ]",
  'value.0 must be 1 within 0, got 1.0000001192092896',
  'value.0 must be NaN within 0, got NaN',
  'to deeply equal { tensors: +0, variables: +0 }',
  'nothing must download synchronously, got dataSync',
  'value.0 must be 1 within 0, got 2',
  'promise resolved',
];

const ready = backends().flatMap(({ project, facts }) => (facts ? [project] : []));

describe('set-up of a backend', () => {
  for (const project of ['wasm', ...ready])
    it.concurrent(`${project}: planted faults fail their files, a sound file passes`, async ({ expect }) => {
      const { contract, fallback, sound, shader, 'after-allowed': after } = await runPlanted(project);
      expect(sound).toEqual({ passed: true, why: '' });
      expect(fallback?.passed).toBe(false);
      expect(fallback?.why).toMatch(/every kernel must run on it, got .*Sum on cpu/);
      for (const fault of FAULTS) expect(contract?.why).toContain(fault);
      expect(after?.passed).toBe(false);
      expect(after?.why).toContain('every kernel must run on it, got Abs on cpu (1)');
      if (!project.startsWith('webgpu')) return;
      expect(shader?.passed).toBe(false);
      expect(shader?.why).toContain('noSuchFunction');
    }, 180_000);
});
