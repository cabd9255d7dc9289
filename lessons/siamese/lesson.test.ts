import { nodeData } from '@weightkit/datasets/node';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { totalOf } from '../what-a-weight-is/sizes.ts';
import { asDigit, drawingText, EACH, nearestDrawing, readDrawing } from './drawing.ts';
import { compareAgain, LEFT_OUT, type Params, type Result, UNSEEN } from './experiment.ts';
import { figures } from './figure.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { buildTower, halved } from './network.ts';
import { auc, distancesOf } from './pairs.ts';
import { towerSize } from './parts.ts';
import { INPUTS } from './size.ts';
import { SLIDE_SIDES, slideTower } from './slide.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, images: 300, steps: 12, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });

describe('siamese', () => {
  it('the gradient of the shared weights is the sum of those of copies, to the last bit', async () => {
    // The same kernels give both sides' gradients, and one addition of two floats, which IEEE 754 rounds in one way, makes their sum:
    // there is no tolerance.
    const { gradients, unit } = await run({ steps: 1 });
    expect(gradients.map(({ path }) => path)).toEqual([
      'first/kernel',
      'first/bias',
      'second/kernel',
      'second/bias',
      'embedding/kernel',
      'embedding/bias',
    ]);
    expect(gradients.reduce((sum, { entries }) => sum + entries, 0)).toBe(towerSize);
    for (const { path, unequal, left, right } of gradients) {
      expect(unequal, path).toBe(0);
      expect(Math.min(left, right), path).toBeGreaterThan(0);
    }
    expect(unit.shared).toEqual(unit.left.map((value, i) => value + unit.right[i]!));
    // A step of all embeddings alike changes no distance. Each of the 100 · 100 pairs adds a product of numbers below 1 to either side
    // and takes it from the other, with an error of half an ulp of the sum, which is below 1: 2⁻²⁴ of it each.
    expect(gradients.at(-1)!.shared).toBeLessThan(100 * 100 * 2 ** -24);
    expect(gradients.at(-1)!.left).toBeGreaterThan(0.01);
  }, 60_000);

  it('says of an unseen digit among those of another kind that the tower is wrong there, and of a drawing nothing', async () => {
    const result = await run({});
    const said = (params: Partial<Params>) => figures(result, { ...SMALL, ...params }).pair!.description;
    const [left, right] = /left one .*? middle of the (\d)s, .*? that of the (\d)s/.exec(said({}))!.slice(1);
    const other = (digit = '') => String((Number(digit) + 1) % 10);
    expect(said({ left: `${left}.0`, right: `${right}.0` })).not.toContain('belongs');
    expect(said({ left: `${left}.0`, right: `${other(right)}.0` })).toContain(`The right one shows a ${other(right)},`);
    expect(said({ left: `${other(left)}.0`, right: `${right}.0` })).toContain(`The left one shows a ${other(left)},`);
    expect(said({ left: drawingText([]), right: drawingText([]) })).not.toContain('belongs');
  }, 60_000);

  it('one tower: the same image is at distance 0, and both sides can be exchanged; two towers: neither', async () => {
    const { judged, moments } = await run({});
    expect([judged!.shared.itself, judged!.shared.exchanged]).toEqual([0, 0]);
    expect(Math.min(judged!.separate.itself, judged!.separate.exchanged)).toBeGreaterThan(0.001);
    // Both begin with the same weights.
    expect(moments[0]!.auc.separate).toBe(moments[0]!.auc.shared);
    expect(judged!.shared.auc.leftOut).toBeNull();
    for (const { histograms } of Object.values(judged!))
      for (const shares of [histograms.same, histograms.different])
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 6);
  }, 60_000);

  it('a few steps bring unseen pairs of one digit nearer, and more so with one tower', async () => {
    const { moments } = await run({ images: 2000, steps: 40 });
    const [first, last] = [moments[0]!.auc, moments.at(-1)!.auc];
    expect(last.shared).toBeGreaterThan(first.shared + 0.15);
    expect(last.shared).toBeGreaterThan(last.separate + 0.05);
  }, 120_000);

  it('compares another pair with the tower that was trained, and nothing is trained', async () => {
    const result = await run({});
    const other = { ...SMALL, right: '3.0' };
    const again = await lesson.rerun!(result, SMALL, other, { data })!;
    expect(again.moments).toBe(result.moments);
    // The same image twice.
    expect(again.compared!.distance).toBe(0);
    expect(again.compared!.further).toEqual({ same: 1, different: 1 });
    // The same pair as in the run gives the same distance: it is the same tower.
    expect((await compareAgain(again, SMALL, { data })).compared).toEqual(result.compared);
    expect(lesson.rerun!(result, SMALL, { ...other, seed: 1 }, { data })).toBeUndefined();
    // What is drawn is where its pixels are.
    const drawn = await compareAgain(result, { ...other, right: drawingText(result.compared!.pixels[0]) }, { data });
    expect(drawn.compared!.distance).toBeLessThan(result.compared!.distance / 2);
  }, 60_000);

  it('has an image for every text that a parameter can have', async () => {
    const { test } = await data.digits({ train: 1, test: UNSEEN });
    for (let digit = 0; digit < 10; digit++)
      expect(test.labels.filter((label) => label === digit).length).toBeGreaterThanOrEqual(EACH);
    const shades = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: INPUTS, maxLength: INPUTS });
    fc.assert(
      fc.property(shades, (codes) => {
        const pixels = Float32Array.from(codes, (code) => code / 7);
        expect(readDrawing(drawingText(pixels))).toEqual({ pixels });
      }),
    );
    for (const text of ['3.4', drawingText(new Float32Array(INPUTS))])
      expect(nearestDrawing(text)).toEqual({ value: text });
    expect(nearestDrawing('a seven: 7')).toMatchObject({ value: '7.0', said: expect.stringContaining('a seven') });
    expect(nearestDrawing('')).toMatchObject({ value: '0.0' });
  });

  it('scales and centers a drawing as MNIST does: its own digits, drawn larger and elsewhere, come out as they were', async () => {
    const { test } = await data.digits({ train: 1, test: 500 });
    const small = halved(test);
    const SIDE = 140;
    let seen = 0;
    for (let digit = 0; digit < 500; digit++) {
      const pixels = test.pixels.subarray(784 * digit, 784 * (digit + 1));
      const mass = pixels.reduce((sum, value) => sum + value, 0);
      const centers = [(i: number) => i % 28, (i: number) => Math.floor(i / 28)].map(
        (at) => pixels.reduce((sum, value, i) => sum + value * at(i), 0) / mass,
      );
      // MNIST moves digits by whole pixels; of those that happen to lie where they were meant to, ours are the same.
      if (Math.max(...centers.map((at) => Math.abs(at - 14))) > 0.1) continue;
      seen++;
      // Each pixel is 3 × 3 of the drawing, which lies in a corner.
      const ink = new Float32Array(SIDE * SIDE);
      for (let i = 0; i < 84 * 84; i++) {
        const [row, column] = [Math.floor(i / 84), i % 84];
        ink[(row + 50) * SIDE + column + 5] = pixels[28 * Math.floor(row / 3) + Math.floor(column / 3)]! / 255;
      }
      const [made, meant] = [asDigit(ink, SIDE), small.subarray(INPUTS * digit, INPUTS * (digit + 1))];
      const off = Math.sqrt(made.reduce((sum, value, i) => sum + (value - meant[i]!) ** 2, 0));
      const size = Math.sqrt(meant.reduce((sum, value) => sum + value * value, 0));
      // They are at most 0.1 of a pixel away, 0.05 of one of 14, and 1 of 18 samples. So where a stroke ends 0.1 of its ink is in the next
      // pixel. A stroke of two pixels has two such edges in both directions: √(2 · 2 · 0.1² / 2) in the root of squares.
      expect(off / size, `digit ${digit}`).toBeLessThan(0.15);
    }
    expect(seen).toBeGreaterThan(4);
    expect(asDigit(new Float32Array(SIDE * SIDE), SIDE)).toEqual(new Float32Array(INPUTS));
    const point = new Float32Array(SIDE * SIDE);
    point[0] = 1;
    // A point stays a point, and comes to the middle.
    const [row, column] = [0, 1].map((axis) => {
      const made = asDigit(point, SIDE);
      const sum = made.reduce((all, value) => all + value, 0);
      const at = (i: number) => (axis === 0 ? Math.floor(i / 14) : i % 14) + 0.5;
      return made.reduce((all, value, i) => all + value * at(i), 0) / sum;
    });
    for (const place of [row!, column!]) expect(Math.abs(place - 7.25)).toBeLessThan(0.51);
  });

  it('auc counts pairs of pairs, ties as a half', () => {
    const distances = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(distances, distances, (same, different) => {
        const wins = same.flatMap((near) => different.map((one) => (near < one ? 1 : near === one ? 0.5 : 0)));
        const counted = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
        const value = auc({ same: Float32Array.from(same), different: Float32Array.from(different) });
        expect(value).toBeCloseTo(counted, 12);
      }),
    );
    const { same, different } = distancesOf([0, 0, 3, 4, 0, 1], [0, 0, 3, 4, 0, 1], [1, 1, 2]);
    expect([[...same], [...different]]).toEqual([[5], [1, Math.fround(Math.sqrt(18))]]);
  });

  it('counts the weights of the tower of the slide, for both sizes that it can be of, and its own as TensorFlow.js does', () => {
    for (const side of SLIDE_SIDES) {
      const planned = slideTower(side);
      expect(planned.map(({ to }) => to.sizes).slice(1)).toEqual([[62, 62, 64], [246_016], [128]]);
      expect(planned.map(({ count }) => count)).toEqual([64 * 100 + 64, 0, 0, 64 * 62 * 62 * 128 + 128]);
      expect(totalOf(planned)).toBe(31_496_640);
    }
    const tower = buildTower(0);
    expect(tower.countParams()).toBe(towerSize);
    tower.dispose();
  });

  it('answers what the page asks by digits that were left out; the challenge is about two towers, and all digits', async () => {
    const values = { ...SMALL, leftOut: '4 and 9' } as const;
    const result = await run(values);
    const { shared, separate } = result.judged!;
    const withAuc = (name: 'shared' | 'separate', more: Partial<typeof shared.auc>): Result => {
      const judged = { shared, separate, [name]: { ...result.judged![name], auc: { ...shared.auc, ...more } } };
      return { ...result, judged };
    };
    expect(shared.auc.leftOut).toBeGreaterThan(0.3);
    const answers = [0.96, 0.7, 0.52].map((leftOut) =>
      lesson.answer(withAuc('shared', { leftOut, trained: 0.97 }), values),
    );
    expect(answers).toEqual((lesson.predict.answer as { options: readonly string[] }).options);
    expect(lesson.check(withAuc('separate', { all: 0.96 }), SMALL).met).toBe(true);
    expect(lesson.check(withAuc('separate', { all: 0.94 }), SMALL).met).toBe(false);
    expect(lesson.check(withAuc('separate', { all: 0.96 }), values)).toMatchObject({
      met: false,
      text: expect.stringMatching(/leave out none/),
    });
    expect(figures(result, values).plane!.description).toContain('no 4 or 9 was trained on');
  }, 60_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = {
      leftOut: ['none', '4 and 9'],
      images: [200],
      steps: [10],
      rate: [0.001, 0.1],
      seed: [0],
      right: ['3.0'],
    };
    // One in three, so that each end meets each other one; all in the deep tier.
    for (const values of cornersOf(lesson as unknown as Lesson, tiny).filter((_, i) => i % 3 === 0))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('offers the digits that the experiment can leave out', () => {
    const { leftOut } = lesson.parameters;
    expect(leftOut.kind === 'choice' && leftOut.options).toEqual([...LEFT_OUT]);
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [{ leftOut: '1 and 2' as never }, 'siamese: leftOut must be one of none, '],
    [{ images: 4.5 }, 'siamese: images must be an integer in [100, 20000], got 4.5'],
    [{ steps: 0 }, 'siamese: steps must be an integer in [1, 5000], got 0'],
    [{ rate: 2 }, 'siamese: rate must be in [0, 1], got 2'],
    [{ seed: 0.5 }, 'siamese: seed must be a safe integer, got 0.5'],
    [{ left: 'a 3' }, 'siamese: left must be a digit or a drawing, got "a 3"'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
