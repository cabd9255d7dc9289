import { describe, expect, it } from 'vitest';
import { affected } from '../lib/affected.mjs';
import { readGraph } from '../lib/graph.mjs';
import { failureLines, projectLines, scopeLines } from '../lib/test-report.mjs';
import { ALLOWANCES, lessonLines, lessonTimes, overtime, slowestLines } from '../lib/test-times.mjs';

const FILES = [
  { project: 'wasm', file: 'lessons/xor/lesson.test.ts', seconds: 2, groups: { 'lesson xor': 9 } },
  { project: 'cpu', file: 'lessons/xor/lesson.test.ts', seconds: 50, groups: {} },
  { project: 'wasm', file: 'lessons/lessons.test.ts', seconds: 9, groups: { 'lesson xor': 1.5, 'lesson sum': 2 } },
  { project: 'site', file: 'website/test/lesson-opens.test.ts', seconds: 30, groups: { 'the page of lesson xor': 21 } },
];

describe('times of lessons', () => {
  const times = lessonTimes(['sum', 'xor'], FILES);

  it('lessonTimes(names, files) adds up a lesson’s own file and its group in the file of all, on wasm and in Chromium', () => {
    expect(times).toEqual({ sum: { wasm: 2, Chromium: undefined }, xor: { wasm: 3.5, Chromium: 21 } });
    expect(lessonTimes(['xor'], [])).toEqual({ xor: { wasm: undefined, Chromium: undefined } });
  });

  it('overtime(times) warns above the allowance and fails above five times it, not at it', () => {
    expect(overtime(times).map(({ name, where, fails }) => [name, where, fails])).toEqual([
      ['xor', 'wasm', false],
      ['xor', 'Chromium', true],
    ]);
    const { wasm, Chromium } = ALLOWANCES;
    expect([wasm, Chromium]).toEqual([3, 4]);
    expect(overtime({ a: { wasm, Chromium: 5 * Chromium } }).map(({ fails }) => fails)).toEqual([false]);
    expect(overtime({ a: { wasm: undefined } })).toEqual([]);
  });

  it('lessonLines(times) prints each time beside its allowance, and what is above it', () => {
    const lines = lessonLines(times);
    expect(lines[0]).toMatch(/wasm, of 3 s +Chromium, of 4 s/);
    expect(lines[2]).toMatch(/^xor +3\.5 s +21\.0 s$/);
    expect(lines[3]).toBe('warning  lesson xor took 3.5 s on wasm, above its allowance of 3 s');
    expect(lines[4]).toMatch(/^FAILED {3}lesson xor took 21\.0 s on Chromium, more than 5 times/);
    expect(lessonLines(lessonTimes(['xor'], []))[1]).toMatch(/not run +not run/);
  });

  it('slowestLines(files, count) names the slowest first', () => {
    expect(slowestLines(FILES, 2).map((line) => line.trim().split(/\s+/))).toEqual([
      ['50.0', 's', 'cpu', 'lessons/xor/lesson.test.ts'],
      ['30.0', 's', 'site', 'website/test/lesson-opens.test.ts'],
    ]);
    expect(slowestLines(Array.from({ length: 30 }, () => FILES[0]!))).toHaveLength(10);
  });
});

describe('the table of projects', () => {
  const list = [
    { project: 'node', facts: {} },
    { project: 'webgpu-node', reason: 'browser is not set up here' },
  ];
  const counts = { cpu: { passed: 3, failed: 0, skipped: 2, reasons: { 'no such kernel': 2 } } };
  const scope = affected(['packages/pruning/src/masks/mask.ts'], readGraph());
  const lineOf = (name: string, of = scope) =>
    projectLines(counts, { list, scope: of }).find((line: string) => line.startsWith(`${name} `));

  it('projectLines(counts, {list, scope}) says what a change left out, or why nothing ran', () => {
    expect(lineOf('cpu')).toMatch(/ 3 +0 +2 {3}2: no such kernel$/);
    expect(lineOf('node')).toMatch(/ - .*left out, because the change does not reach it: core, .*; npm test -- --all/);
    expect(lineOf('webgpu-node')).toMatch(/ - {3}browser is not set up here$/);
    expect(lineOf('node', affected(undefined, readGraph()))).toMatch(/ - {3}not run$/);
  });

  it('scopeLines(scope, changes) says what runs and which file brought it', () => {
    const walk = { lessons: ['weight-updates', 'regularization'] };
    const changed = ['packages/pruning/src/masks/mask.ts'];
    const text = scopeLines(scope, { changed, since: 'origin/main (abc)', walk }).join('\n');
    expect(text).toContain('1 files differ from origin/main (abc)');
    expect(text).toContain('pruning (packages/pruning/src/masks/mask.ts)');
    expect(text).toContain('/api/pruning/');
    expect(text).toContain('tested on more than wasm: weight-updates, regularization');
    const all = scopeLines(affected(undefined, readGraph(), '--all was given'), { walk }).join('\n');
    expect(all.match(/because --all was given/g)).toHaveLength(2);
  });
});

it('failureLines(failures) names what failed, where, and its first line', () => {
  const failure = { project: 'wasm', file: 'a.test.ts', test: 'mask > holds', said: 'expected 1 to be 2' };
  expect(failureLines([failure])).toEqual(['failed  wasm  a.test.ts  mask > holds: expected 1 to be 2']);
});
