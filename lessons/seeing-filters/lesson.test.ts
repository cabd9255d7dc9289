import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound, expectStopped } from '../corners.ts';
import { drawingText } from '../siamese/drawing.ts';
import { INPUTS } from '../siamese/size.ts';
import { copies, cosines, filterOf, matched } from './alike.ts';
import { type Params, type Result, UNSEEN } from './experiment.ts';
import { figures } from './figure.ts';
import { lesson, toStart } from './lesson.ts';
import { BASE } from './measure.ts';
import { buildNet, FILTERS, imagesOf, KERNEL } from './network.ts';
import { ALONG, answerTo, KEPT, most, PATCH, PLACES, patchOf, strongest } from './patches.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, images: 100, steps: 1, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= run({});
  return kept;
};
const numbered = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The unseen images as the network takes them. */
async function unseenPixels(): Promise<Float32Array> {
  const { test } = await data.digits({ train: 1, test: UNSEEN });
  const images = imagesOf(test);
  const pixels = ((await images.data()) as Float32Array).slice();
  images.dispose();
  return pixels;
}

/**
 * How far a sum of nine products and a bias in floats can be from the exact one: each of the 18 operations on the way rounds by half an
 * ulp, 2⁻²⁴ of what it gives, and what it gives is at most the sum of all magnitudes (Higham, Accuracy and Stability, section 3.1).
 */
function slack(patch: ArrayLike<number>, filter: readonly number[], bias: number): number {
  const magnitudes = filter.reduce((sum, weight, i) => sum + Math.abs(weight * patch[i]!), Math.abs(bias));
  return 2 * PATCH * 2 ** -24 * magnitudes;
}

describe('seeing-filters', () => {
  it('each patch by hand gives the answer of the convolution, to 1e-5 and to what floats allow', async () => {
    const { moments, patches } = await small();
    const { kernel, bias } = moments.at(-1)!;
    const pixels = await unseenPixels();
    expect(patches!.answers).toHaveLength(FILTERS * KEPT);
    for (let filter = 0; filter < FILTERS; filter++) {
      const own = filterOf(kernel, filter);
      for (let i = filter * KEPT; i < (filter + 1) * KEPT; i++) {
        const patch = patches!.pixels.slice(i * PATCH, (i + 1) * PATCH);
        const off = Math.abs(answerTo(patch, own, bias[filter]!) - patches!.answers[i]!);
        expect(off).toBeLessThanOrEqual(slack(patch, own, bias[filter]!));
        expect(off).toBeLessThan(1e-5);
        // It is where it is said to be from.
        const [image, row, column] = patches!.from.slice(3 * i, 3 * i + 3);
        expect(patchOf(pixels, image!, row!, column!)).toEqual([...patch]);
      }
    }
  }, 240_000);

  it('no place of an unseen image excites a filter more than the first patch, no image comes twice, and none can pass the bound', async () => {
    const { moments, patches, active } = await small();
    const { kernel, bias } = moments.at(-1)!;
    const pixels = await unseenPixels();
    for (let filter = 0; filter < FILTERS; filter++) {
      const own = filterOf(kernel, filter);
      const largest = numbered(UNSEEN).map((image) =>
        numbered(PLACES).reduce((most, i) => {
          const patch = patchOf(pixels, image, Math.floor(i / ALONG), i % ALONG);
          return Math.max(most, answerTo(patch, own, bias[filter]!));
        }, Number.NEGATIVE_INFINITY),
      );
      const kept = [...patches!.answers.slice(filter * KEPT, (filter + 1) * KEPT)];
      // The bound of all patches: pixels are at most 1.
      const off = slack(new Array<number>(PATCH).fill(1), own, bias[filter]!);
      largest.sort((a, b) => b - a);
      for (const [i, answer] of kept.entries()) {
        expect(Math.abs(answer - largest[i]!)).toBeLessThanOrEqual(off);
        if (i > 0) expect(answer).toBeLessThanOrEqual(kept[i - 1]!);
      }
      expect(kept[0]).toBeLessThanOrEqual(most(own, bias[filter]!) + off);
      const images = kept.map((_, i) => patches!.from[3 * (filter * KEPT + i)]);
      expect(new Set(images).size).toBe(KEPT);
      expect(active![filter]! > 0).toBe(kept[0]! > 0);
    }
  }, 240_000);

  it('answers to the image of the reader are those of convolution by hand; another image trains nothing', async () => {
    const result = await small();
    const { kernel, bias } = result.moments.at(-1)!;
    const byHand = ({ drawn: { pixels, answers } }: Result) => {
      expect(answers).toHaveLength(PLACES * FILTERS);
      for (let i = 0; i < answers.length; i++) {
        const [place, filter] = [Math.floor(i / FILTERS), i % FILTERS];
        const patch = patchOf(pixels, 0, Math.floor(place / ALONG), place % ALONG);
        const own = filterOf(kernel, filter);
        const off = Math.abs(answerTo(patch, own, bias[filter]!) - answers[i]!);
        expect(off).toBeLessThanOrEqual(slack(patch, own, bias[filter]!));
      }
    };
    byHand(result);
    const blank = { ...SMALL, image: drawingText(new Float32Array(INPUTS)) };
    const again = await lesson.rerun!(result, SMALL, blank, { data })!;
    expect(again.moments).toBe(result.moments);
    byHand(again);
    // To blank paper each filter answers its bias.
    expect([...again.drawn.answers.slice(0, FILTERS)]).toEqual([...bias]);
    expect((await lesson.rerun!(again, blank, SMALL, { data }))!.drawn).toEqual(result.drawn);
    expect(lesson.rerun!(result, SMALL, { ...blank, seed: 1 }, { data })).toBeUndefined();
    expect(lesson.derive!(result, SMALL, { ...SMALL, slide: true, filter: 3 })).toBe(result);
    expect(lesson.derive!(result, SMALL, blank)).toBeUndefined();
  }, 240_000);

  // Dozens of steps of three networks take minutes there.
  it.skipIf(tf.getBackend() === 'cpu')(
    'a few steps teach it digits; the filters stay near their start, and those of the frozen layer there',
    async () => {
      const { moments, other, frozen } = await run({ images: 1000, steps: 25 });
      expect(moments.at(-1)!.accuracy).toBeGreaterThan(moments[0]!.accuracy + 0.3);
      expect(frozen.at(-1)!.kernel).toEqual(moments[0]!.kernel);
      expect(frozen.at(-1)!.bias).toEqual(moments[0]!.bias);
      expect(frozen[0]).toEqual(moments[0]);
      expect(frozen.at(-1)!.accuracy).toBeGreaterThan(moments[0]!.accuracy + 0.3);
      expect(moments.at(-1)!.kernel).not.toEqual(moments[0]!.kernel);
      const toOwn = toStart({ moments } as Result);
      expect(toOwn).toBeGreaterThan(matched(moments.at(-1)!.kernel, other.at(-1)!.kernel) + 0.1);
      expect(toOwn).toBeLessThan(1);
    },
    240_000,
  );

  it('the start is that of the slide: U(±1/3), for weights and biases', async () => {
    const starts = await Promise.all([0, 1].map((seed) => run({ steps: 1, seed })));
    const all = starts.flatMap(({ moments }) => [...moments[0]!.kernel, ...moments[0]!.bias]);
    expect(all).toHaveLength(2 * 160);
    expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(1 / 3);
    // Of 320 draws one is nearer to each end than a tenth of the span, but for a chance of 2 · 0.9^320 < 1e-14.
    expect(Math.max(...all)).toBeGreaterThan(0.8 / 3);
    expect(Math.min(...all)).toBeLessThan(-0.8 / 3);
    const net = buildNet(0);
    expect(
      net
        .getLayer('conv')
        .getWeights()
        .map(({ shape }) => shape),
    ).toEqual([[KERNEL, KERNEL, 1, FILTERS], [FILTERS]]);
    expect(net.getLayer('conv').countParams()).toBe(160);
    net.dispose();
  }, 240_000);

  it('matches filters whatever their order, counts copies, and knows a multiple', () => {
    const weight = fc.integer({ min: -9, max: 9 });
    const kernels = fc
      .array(weight, { minLength: 144, maxLength: 144 })
      .filter((all) => numbered(FILTERS).every((filter) => filterOf(all, filter).some((value) => value !== 0)));
    fc.assert(
      fc.property(kernels, fc.shuffledSubarray(numbered(FILTERS), { minLength: FILTERS }), (kernel, order) => {
        const moved = kernel.map((_, i) => 3 * kernel[FILTERS * Math.floor(i / FILTERS) + order[i % FILTERS]!]!);
        expect(matched(kernel, moved)).toBeCloseTo(1, 12);
        expect(Math.min(...cosines(kernel, kernel))).toBeCloseTo(1, 12);
        expect(copies(moved)).toBe(copies(kernel));
        const greedy = cosines(kernel, moved).reduce((sum, one) => sum + one, 0) / FILTERS;
        expect(greedy).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
    // One filter 16 times: all pairs are copies.
    expect(copies(numbered(144).map((i) => 1 + Math.floor(i / FILTERS)))).toBe((FILTERS * (FILTERS - 1)) / 2);
  });

  it('finds patches in images of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: KEPT }), fc.integer({ min: 0, max: PLACES - 1 }), (image, place) => {
        const answers = new Float32Array((KEPT + 1) * PLACES * FILTERS);
        answers[(image * PLACES + place) * FILTERS + 5] = 1;
        const { answers: kept, from } = strongest(new Float32Array((KEPT + 1) * INPUTS), answers);
        expect(kept[5 * KEPT]).toBe(1);
        expect([...from.slice(15 * KEPT, 15 * KEPT + 3)]).toEqual([image, Math.floor(place / ALONG), place % ALONG]);
        expect(kept.reduce((sum, value) => sum + value, 0)).toBe(1);
      }),
    );
  });

  it('draws the filters in the grid of the slide: from the least of each to its largest, or all by one scale', async () => {
    const result = await small();
    const { kernel } = result.moments.at(-1)!;
    const [signs, gray] = [false, true].map((slide) => figures(result, { ...SMALL, slide }).filters!);
    for (const { table } of [signs!, gray!]) {
      expect(table.rows).toHaveLength(FILTERS);
      expect(table.rows[3]!.slice(1, 1 + KERNEL ** 2)).toEqual(
        filterOf(kernel, 3).map((weight) => Number(weight.toPrecision(4))),
      );
    }
    // Each filter has its own black and its own white pixel.
    const drawing = gray!.svg();
    for (const color of ['#000000', '#ffffff']) {
      const path = new RegExp(`<path d="([^"]*)" stroke="${color}"`).exec(drawing)![1]!;
      const pixels = [...path.matchAll(/h(\d+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
      expect(pixels).toBeGreaterThanOrEqual(FILTERS);
    }
    expect(signs!.svg()).not.toBe(drawing);
    expect(figures(result, { ...SMALL, filter: 7 }).sum!.title).toContain('Filter 7');
  }, 240_000);

  it('answers what the page asks by the frozen network; the challenge asks for both', async () => {
    const result = await small();
    const end = (accuracy: number) => [{ ...result.moments[0]!, accuracy }];
    const answer = (trained: number, frozen: number) =>
      lesson.answer({ ...result, moments: end(trained), frozen: end(frozen) }, SMALL);
    expect([answer(0.96, 0.94), answer(0.9, 0.95)]).toEqual([2, 0]);
    const [start, flipped] = [result.moments[0]!, { ...result.moments[0]!, accuracy: 0.95 }];
    flipped.kernel = start.kernel.map((weight) => -weight);
    const met = (accuracy: number, moved: boolean) =>
      lesson.check({ ...result, moments: [start, { ...(moved ? flipped : start), accuracy }] }, SMALL).met;
    expect([met(0.95, true), met(0.85, true), met(0.95, false)]).toEqual([true, false, false]);
  }, 240_000);

  it('leaves no tensor where it is stopped, and shows nothing that is no number at the corners of its controls', async () => {
    await expectStopped(lesson, SMALL, 0.5);
    if (tf.getBackend() === 'cpu') return;
    const tiny = { images: [100], steps: [10], rate: [0.1], seed: [0], filter: [15] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 240_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [{ slide: 1 as never }, 'seeingFilters: slide must be true or false, got 1'],
    [{ filter: 16 }, 'seeingFilters: filter must be an integer in [0, 15], got 16'],
    [{ image: 'a 3' }, 'seeingFilters: image must be a digit or a drawing, got "a 3"'],
    [{ images: 4.5 }, 'seeingFilters: images must be an integer in [64, 20000], got 4.5'],
    [{ steps: 0 }, 'seeingFilters: steps must be an integer in [1, 5000], got 0'],
    [{ rate: 2 }, 'seeingFilters: rate must be in [0, 1], got 2'],
    [{ seed: 0.5 }, 'seeingFilters: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
