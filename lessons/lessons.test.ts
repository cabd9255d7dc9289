import { readdirSync } from 'node:fs';
import { nodeData } from '@weightkit/datasets/node';
import { checkValues, initialValues, type Lesson, runLesson, toSearch } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';

const folder = new URL('.', import.meta.url).pathname;
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[a-z-]+[\\/]lesson\.ts$/.test(path) && !path.startsWith('dist'))
  .map((path) => path.split(/[\\/]/)[0]!)
  .sort();
const data = nodeData();
const load = async (name: string): Promise<Lesson> =>
  ((await import(`./${name}/lesson.ts`)) as { lesson: Lesson }).lesson;

describe.each(names)('lesson %s', (name) => {
  it('has the name of its folder, parameters that its own values satisfy, and none that the terminal takes', async () => {
    const lesson = await load(name);
    expect(lesson.name).toBe(name);
    expect(checkValues(lesson, lesson.probe)).toEqual({ ...initialValues(lesson), ...lesson.probe });
    expect(toSearch(lesson, initialValues(lesson))).toBe('');
    for (const taken of ['backend', 'out', 'help']) expect(Object.keys(lesson.parameters)).not.toContain(taken);
  });

  it('runs its probe twice to the same result, leaves no tensor, and says and draws what came out', async () => {
    const lesson = await load(name);
    const first = await runLesson(lesson, lesson.probe, { data });
    const shown: unknown[] = [];
    const again = await runLesson(lesson, lesson.probe, {
      data,
      every: 0,
      onProgress: ({ done, result }) => {
        expect(done).toBeGreaterThanOrEqual(0);
        expect(done).toBeLessThanOrEqual(1);
        if (result !== undefined) shown.push(lesson.figures(result, first.values).length);
      },
    });
    expect(again.result).toEqual(first.result);
    expect([first.leaked, again.leaked]).toEqual([0, 0]);
    // A picture can be drawn before the end.
    expect(shown.length).toBeGreaterThan(0);
    const figures = lesson.figures(first.result, first.values);
    expect(figures.length).toBeGreaterThan(0);
    for (const { description, table } of figures) {
      expect(description.length).toBeGreaterThan(20);
      expect(table.rows.length).toBeGreaterThan(0);
    }
    const sentences = lesson.summary(first.result, first.values);
    expect(sentences.every((sentence) => sentence.trim() !== '')).toBe(true);
    expect(sentences.join(' ')).toMatch(/\d/);
    expect(sentences.join(' ')).not.toMatch(/NaN|undefined/);
  });

  it('stops when asked to, and leaves no tensor', async () => {
    const lesson = await load(name);
    const stop = new AbortController();
    const run = runLesson(lesson, lesson.probe, {
      data,
      every: 0,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(run).rejects.toThrow(/abort/i);
  });
});
