import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval } from '@weightkit/lesson';
import { randomKey } from '@weightkit/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { METHODS, type Params, type Result } from './experiment.ts';
import { runOf } from './figure.ts';
import { aheadBy, lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { drawn, examplesOf, placesOf } from './network.ts';

const data = nodeData();
/** A few steps; that no tensor is left is seen at the corners of the controls. */
const SMALL: Params = { ...BASE, examples: 10, old: 100, steps: 5, seed: 50 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });

/** Kernels of 72 and 1152 numbers, four lists for each norm, a head of 256 × 5 and 5. */
const [NUMBERS, STATISTICS, HEAD] = [72 + 4 * 8 + 1152 + 4 * 16, 2 * (8 + 16), 256 * 5 + 5];

describe('transfer learning', () => {
  let small: Result;
  beforeAll(async () => {
    small = await run({});
  }, 60_000);

  it('a base under freeze() or LoRA has the same bits in the end; with stock freezing its statistics move', () => {
    const bases = Object.fromEntries(small.methods.map(({ method, base }) => [method, base]));
    expect(Object.keys(bases)).toEqual([...METHODS]);
    for (const { numbers } of Object.values(bases)) expect(numbers).toBe(NUMBERS);
    expect([bases.frozen!.changed, bases.LoRA!.changed]).toEqual([0, 0]);
    expect(bases['trainable = false']!.changed).toBeGreaterThan(0);
    expect(bases['trainable = false']!.changed).toBeLessThanOrEqual(STATISTICS);
    for (const method of ['fine-tuned', 'gradual', 'from scratch'] as const)
      expect(bases[method]!.changed).toBeGreaterThan(NUMBERS / 2);
    const { moved } = runOf(small, 'LoRA')!;
    // The head learns first, and B is 0 before the first step: then both kernels move, and no norm does.
    expect(Math.min(moved.conv1, moved.conv2)).toBeGreaterThan(0);
    expect([moved.norm1, moved.norm2]).toEqual([0, 0]);
    const stock = runOf(small, 'trainable = false')!.moved;
    expect([stock.conv1, stock.conv2]).toEqual([0, 0]);
    expect(Math.min(stock.norm1, stock.norm2)).toBeGreaterThan(0);
    // The same base, and so the same answers to the old question.
    for (const method of ['frozen', 'LoRA'] as const) expect(runOf(small, method)!.old).toBe(small.base);
    expect(runOf(small, 'from scratch')!.old).toBeNull();
  });

  it('trains as many numbers as each method has to learn', () => {
    const all = NUMBERS - STATISTICS + HEAD;
    const adapters = 4 * (9 + 8 + 72 + 16);
    expect(small.methods.map(({ trained }) => trained)).toEqual([HEAD, all, all, HEAD + adapters, all, HEAD]);
  });

  it('begins each method that has the base with the same answers, and looks at each step', () => {
    const moved = small.methods.filter(({ method }) => method !== 'from scratch');
    expect(new Set(moved.map(({ moments }) => moments[0]!.accuracy)).size).toBe(1);
    for (const { moments } of small.methods) expect(moments.map(({ step }) => step)).toEqual([...Array(6).keys()]);
  });

  // Convolutions on the cpu backend take minutes for this.
  it.skipIf(tf.getBackend() === 'cpu')(
    'what was learned before helps: 10 examples, four seeds, a quick base',
    async () => {
      const gains = [];
      const quick = { tuned: false, gradual: false, adapters: false, old: 300, steps: 10 };
      for (let seed = 50; seed < 54; seed++) gains.push(aheadBy(await run({ ...quick, seed }), 'frozen'));
      expect(meanInterval(gains).mean).toBeGreaterThan(0);
    },
    120_000,
  );

  it('draws as many of each digit as of any other, others with another seed, and turns them dark on white', async () => {
    const { train } = await data.digits({ train: 300, test: 1 });
    const places = placesOf(train, 5);
    const draw = (seed: number) => drawn(train, places, 20, randomKey(seed, 'new'));
    const counts = new Map<number, number>();
    for (const place of draw(1)) counts.set(train.labels[place]!, (counts.get(train.labels[place]!) ?? 0) + 1);
    expect([...counts].sort()).toEqual([5, 6, 7, 8, 9].map((digit) => [digit, 4]));
    expect(new Set(draw(1)).size).toBe(20);
    expect(draw(2)).not.toEqual(draw(1));
    const one: Digits = { count: 1, pixels: new Uint8Array(PIXELS), labels: Uint8Array.of(7) };
    one.pixels.set([255, 255], 0);
    one.pixels.set([255, 0], 28);
    const [plain, paper] = [examplesOf(one, [0], 5), examplesOf(one, [0], 5, true)];
    expect([...(await plain.x.data())].slice(0, 2)).toEqual([0.75, 0]);
    expect([...(await paper.x.data())].slice(0, 2)).toEqual([0.25, 1]);
    expect([...(await plain.y.data())]).toEqual([0, 0, 1, 0, 0]);
    for (const { x, y } of [plain, paper]) for (const tensor of [x, y]) tensor.dispose();
  });

  it('answers in points, and says what is missing in its challenge', () => {
    expect(lesson.answer(small, SMALL)).toBe(Math.round(aheadBy(small, 'frozen')));
    expect(lesson.check(small, SMALL)).toMatchObject({
      met: false,
      text: expect.stringMatching(/^The best is .*%\.$/),
    });
    expect(lesson.check(small, { ...SMALL, examples: 101 })).toMatchObject({ met: false });
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = {
      examples: [10],
      gradual: [true],
      tuned: [false],
      paper: [true],
      old: [100],
      steps: [5],
      rate: [0.1],
      rank: [1],
      seed: [0],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it.each([
    [{ examples: 4 }, 'transferLearning: examples must be in [5, 2000], got 4'],
    [{ steps: 10.5 }, 'transferLearning: steps must be an integer, got 10.5'],
    [{ paper: 1 as unknown as boolean }, 'transferLearning: paper must be true or false, got 1'],
    [{ seed: 0.5 }, 'transferLearning: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
