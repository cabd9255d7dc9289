import type { Digits } from '@weightkit/datasets';
import { describe, expect, it } from 'vitest';
import type { Lesson, Progress } from '../src/lesson.ts';
import { runLesson } from '../src/run-lesson.ts';
import { type Params, toy } from './toy.ts';

const one: Digits = { count: 1, pixels: new Uint8Array(784), labels: Uint8Array.of(3) };
const none = () => Promise.reject(new Error('no reviews needed'));
const data = { digits: async () => ({ train: one, test: one }), reviews: none };

describe('runLesson', () => {
  it('runLesson(lesson, given, { data }) checks, runs, and says values, result, seconds and tensors left', async () => {
    const outcome = await runLesson(toy, { steps: 2 }, { data });
    expect(outcome.values).toEqual({ start: 'zeros', rate: 0.5, steps: 2, shuffle: false });
    expect(outcome.result).toEqual({ sums: [3, 3.5, 4] });
    expect(outcome.leaked).toBe(0);
    expect(outcome.seconds).toBeGreaterThanOrEqual(0);
    expect((await runLesson(toy, { shuffle: true }, { data })).leaked).toBe(1);
  });

  it('runLesson refuses parameters before the experiment starts', async () => {
    let asked = false;
    const watched = {
      reviews: none,
      digits: () => {
        asked = true;
        return data.digits();
      },
    };
    await expect(runLesson(toy, { steps: -1 }, { data: watched })).rejects.toThrow('got -1');
    await expect(runLesson(toy, {}, { data: watched, every: Number.NaN })).rejects.toThrow(
      'runLesson: every must be 0 or more, got NaN',
    );
    expect(asked).toBe(false);
  });

  it('runLesson tells the first progress, and then no more often than `every` milliseconds', async () => {
    const all: Progress<unknown>[] = [];
    await runLesson(toy, { steps: 500 }, { data, every: 0, onProgress: (progress) => all.push(progress) });
    expect(all.map(({ done }) => done)).toEqual(Array.from({ length: 500 }, (_, i) => (i + 1) / 500));
    const few: Progress<unknown>[] = [];
    await runLesson(toy, { steps: 500 }, { data, every: 60_000, onProgress: (progress) => few.push(progress) });
    expect(few.map(({ label }) => label)).toEqual(['step 1']);
  });

  it('an experiment that awaits its progress gives the host a turn, in which it can be stopped', async () => {
    const busy: Lesson<Params, { sums: number[] }> = {
      ...toy,
      async experiment(_, { onProgress }) {
        for (let i = 0; i < 1e6; i++) {
          const until = performance.now() + 5;
          while (performance.now() < until);
          await onProgress?.({ done: 0 });
        }
        return { sums: [] };
      },
    };
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const begin = performance.now();
    await expect(runLesson(busy, {}, { data, signal: stop.signal })).rejects.toThrow(/abort/i);
    // 50 ms of work before the turn; the rest is for a busy machine.
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('runLesson does not start when it is stopped already', async () => {
    await expect(runLesson(toy, {}, { data, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
