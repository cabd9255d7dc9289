import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import {
  checkValues,
  decodeResult,
  initialValues,
  type Lesson,
  runLesson,
  toSearch,
  type Values,
} from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { defaultInputsOf } from '../scripts/lib/table-inputs.mjs';
import { load, namesHere, readDefault } from './default-runs.ts';

const data = nodeData();
// Loading TensorFlow.js is the time of no lesson.
await Promise.all(namesHere.map(load));
const stored = async (lesson: Lesson) => ({
  result: decodeResult(readDefault(lesson.name).result),
  values: initialValues<Values>(lesson),
});

describe.each(namesHere)('lesson %s', (name) => {
  it('has the name of its folder, parameters that its own values satisfy, and none that the terminal takes', async () => {
    const lesson = await load(name);
    expect(lesson.name).toBe(name);
    expect(checkValues(lesson, lesson.probe)).toEqual({ ...initialValues(lesson), ...lesson.probe });
    expect(toSearch(lesson, initialValues(lesson))).toBe('');
    for (const taken of ['backend', 'out', 'help']) expect(Object.keys(lesson.parameters)).not.toContain(taken);
  });

  it('runs its probe twice to the same result, leaves no tensor and no kernel, and says and draws what came out', async () => {
    const lesson = await load(name);
    const kernels = () => tf.getKernelsForBackend(tf.getBackend()).map(({ kernelFunc }) => kernelFunc);
    const stock = new Set(kernels());
    const first = await runLesson(lesson, lesson.probe, { data });
    const shown: unknown[] = [];
    const again = await runLesson(lesson, lesson.probe, {
      data,
      every: 0,
      onProgress: ({ done, result }) => {
        expect(done).toBeGreaterThanOrEqual(0);
        expect(done).toBeLessThanOrEqual(1);
        if (result !== undefined) shown.push(Object.keys(lesson.figures(result, first.values)).length);
      },
    });
    expect(again.result).toEqual(first.result);
    expect([first.leaked, again.leaked]).toEqual([0, 0]);
    expect(new Set(kernels())).toEqual(stock);
    // A picture can be drawn before the end.
    expect(shown.length).toBeGreaterThan(0);
    const figures = lesson.figures(first.result, first.values);
    expect(Object.keys(figures)).toContain(lesson.main.figure);
    for (const { description, table } of Object.values(figures)) {
      expect(description.length).toBeGreaterThan(20);
      expect(table.rows.length).toBeGreaterThan(0);
    }
    const sentences = lesson.summary(first.result, first.values);
    expect(sentences.every((sentence) => sentence.trim() !== '')).toBe(true);
    expect(sentences.join(' ')).toMatch(/\d/);
    expect(sentences.join(' ')).not.toMatch(/NaN|undefined/);
  }, 120_000);

  it('names its main figure, one to four main controls, a question, its place, a prediction and a challenge', async () => {
    const lesson = await load(name);
    const { main, parameters, question, level, minutes, links, predict, challenge } = lesson;
    expect(main.controls.length).toBeGreaterThanOrEqual(1);
    expect(main.controls.length).toBeLessThanOrEqual(4);
    for (const control of main.controls) expect(Object.keys(parameters)).toContain(control);
    expect(question).toMatch(/^[A-Z].*[.?]$/);
    expect(question.length).toBeLessThan(130);
    expect(`${level}${lesson.title}`).toMatch(/\S/);
    expect(minutes).toBeGreaterThan(0);
    expect(links.length).toBeGreaterThan(0);
    expect(predict.question).toMatch(/\?$/);
    expect(challenge).toMatch(/\.$/);
    const initial = initialValues<Values>(lesson);
    expect(checkValues<Values>(lesson, predict.values as Values)).not.toEqual(initial);
    expect(lesson.work(initial)).toBeGreaterThan(lesson.work({ ...initial, ...(lesson.probe as Values) }));
    for (const { without } of Object.values(parameters)) expect(without?.(initial) ?? 'a reason').toMatch(/\S/);
  });

  it('has a default run that is drawn whole and at every moment, and does not meet the challenge yet', async () => {
    const lesson = await load(name);
    const { result, values } = await stored(lesson);
    const whole = lesson.figures(result, values);
    for (const figure of Object.values(whole)) expect(figure.svg()).toMatch(/^<svg /);
    const moments = lesson.moments?.(result, values) ?? [];
    for (const [moment, text] of moments.entries()) {
      expect(text).toMatch(/\S/);
      const { [lesson.main.figure]: main } = lesson.figures(result, values, moment);
      expect(main!.svg()).toMatch(/^<svg /);
    }
    expect(lesson.check(result, values)).toMatchObject({ met: false, text: expect.stringMatching(/\S/) });
  });

  it('keeps the default run of its experiment as it is now', async () => {
    const lesson = await load(name);
    const { inputs } = readDefault(name).made;
    expect(inputs, `stale: run npm run tables -- ${name} --default`).toBe(defaultInputsOf(name, initialValues(lesson)));
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
