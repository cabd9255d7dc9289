import * as tf from '@tensorflow/tfjs';
import { runLesson } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params, Result } from './experiment.ts';
import golden from './golden.json' with { type: 'json' };
import { lesson } from './lesson.ts';
import { PRESETS } from './presets.ts';
import { byHand, exampleOf } from './product.ts';
import { GATES, plan, totalOf } from './sizes.ts';
import { INPUTS, KINDS, MOST_WEIGHTS, nearestStack, readStack, stackText } from './stack.ts';
import { worstOf } from './summary.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };
const run = async (params: Partial<Params>): Promise<Result> => {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
};

/** A text that asks for anything: names that are and are not there, sizes in and out of range. */
const number = fc.oneof(fc.integer({ min: 1, max: 40 }).map(String), fc.double().map(String), fc.constant(''));
const token = fc
  .tuple(fc.constantFrom(...Object.keys(INPUTS), ...Object.keys(KINDS), 'gru', ''), fc.array(number, { maxLength: 4 }))
  .map(([name, sizes]) => [name, ...sizes].join('-'));
const anyText = fc.oneof(
  fc.string(),
  fc.array(token, { maxLength: 11 }).map((tokens) => tokens.join('.')),
);

/** A stack of small layers. */
const small = fc.integer({ min: 1, max: 9 });
const layer = fc.oneof(
  fc.tuple(fc.constantFrom('dense', 'rnn', 'lstm'), small).map((parts) => parts.join('-')),
  fc.tuple(fc.constantFrom('conv', 'separable'), small, fc.integer({ min: 1, max: 4 })).map((parts) => parts.join('-')),
  fc
    .tuple(fc.constantFrom('depthwise-2', 'depthwise-3-same', 'pool-2', 'flatten', 'embedding-30-4', 'conv-3-3-same'))
    .map(([one]) => one),
);
const smallStack = fc
  .tuple(fc.constantFrom('vector-7', 'image-12-9-2', 'words-5'), fc.array(layer, { minLength: 2, maxLength: 14 }))
  .map(([input, layers]) => nearestStack([input, ...layers].join('.')).value);

describe('the shapes and counts of a stack', () => {
  it('are those that TensorFlow.js gives its layers, weight by weight, for the stacks of the page and random ones', async () => {
    const holds = async (stack: string) => {
      const planned = plan(readStack(stack).stack);
      const { built, total } = await run({ stack });
      expect(total).toBe(totalOf(planned));
      expect(built.map(({ name, count, gives }) => ({ name, count, gives }))).toEqual(
        planned.map(({ name, count, to }) => ({ name, count, gives: [...to.sizes] })),
      );
      expect(built.map(({ weights }) => weights)).toEqual(
        planned.map(({ name, tfjs }) => tfjs.map((one) => ({ name: `${name}/${one.name}`, shape: one.shape }))),
      );
    };
    // The Siamese tower has 31 million weights: the deep test builds it.
    for (const stack of Object.values(PRESETS)) if (!stack.includes('134')) await holds(stack);
    await fc.assert(fc.asyncProperty(smallStack, holds), { numRuns: 12 });
  });

  it('are those that PyTorch gives its modules, for the stacks of the page and forty random ones', () => {
    expect(golden.stacks.length).toBeGreaterThan(45);
    for (const { stack, layers } of golden.stacks) {
      expect(nearestStack(stack)).toEqual({ value: stack });
      const planned = plan(readStack(stack).stack);
      expect(
        planned.map(({ torch, torchCount, to }) => ({
          torch: torch.map(({ name, shape }) => [name, shape]),
          torchCount,
          to: [...to.sizes],
        })),
      ).toEqual(layers.map(({ parameters, count, gives }) => ({ torch: parameters, torchCount: count, to: gives })));
    }
  });

  it('are as many in both libraries but for recurrent layers, which have a second bias in PyTorch', () => {
    for (const { stack } of golden.stacks)
      for (const { layer, count, torchCount } of plan(readStack(stack).stack)) {
        const second =
          layer.kind === 'rnn' ? layer.sizes[0]! : layer.kind === 'lstm' ? GATES.length * layer.sizes[0]! : 0;
        expect(torchCount).toBe(count + second);
      }
  });

  it('draw every number of a weight once: rows times columns are its entries', () => {
    fc.assert(
      fc.property(smallStack, (stack) => {
        for (const { tfjs, torch, count } of plan(readStack(stack).stack)) {
          for (const { shape, rows, columns } of [...tfjs, ...torch])
            expect(rows * columns).toBe(shape.reduce((all, size) => all * size, 1));
          expect(tfjs.reduce((sum, { rows, columns }) => sum + rows * columns, 0)).toBe(count);
        }
      }),
    );
  });
});

describe('y = Wx + b by hand', () => {
  it('is what predict gives, for twenty seeds and layers up to 8 by 6', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const result = await run({ stack: 'vector-2.dense-1', seed, inputs: 1 + (seed % 8), outputs: 1 + (seed % 6) });
      expect(result.predicted).toHaveLength(1 + (seed % 6));
      // 8 products of at most 2 and a bias: each sum is below 17, and 9 roundings of half a unit in its last place (2^-20) are below 5e-6;
      // the inputs are rounded to float32 as well, which adds 2^-24 of each product twice.
      expect(worstOf(result)).toBeLessThan(tf.getBackend() === 'cpu' || tf.getBackend() === 'wasm' ? 2e-6 : 6e-6);
    }
  });

  it('is the sum of its products and the bias, of numbers in tenths that another seed changes', () => {
    const example = exampleOf(4, 5, 3);
    for (const [o, { terms, bias, y }] of byHand(example).entries()) {
      expect(terms.map(({ weight }) => weight)).toEqual(example.weights[o]);
      expect(terms.reduce((sum, { weight, input }) => sum + weight * input, 0) + bias).toBe(y);
    }
    for (const value of [...example.weights.flat(), ...example.bias, ...example.x])
      expect(Math.abs(10 * value - Math.round(10 * value))).toBeLessThan(1e-9);
    expect(exampleOf(4, 5, 3)).toEqual(example);
    expect(exampleOf(5, 5, 3)).not.toEqual(example);
  });
});

describe('the numbers in the text of the page', () => {
  const counts = (stack: string) => plan(readStack(stack).stack).map(({ count }) => count);

  it('are counted: slide 13, the two ways to read a picture, separable against full, the matrix of slide 9', () => {
    const slide13 = counts(PRESETS['slide 13: pictures']);
    expect(slide13.reduce((sum, count) => sum + count)).toBe(25_578);
    expect(slide13[0]! + slide13[2]!).toBe(5088);
    expect(counts('image-28-28-1.flatten.dense-16')[1]).toBe(12_560);
    expect(counts('image-28-28-1.conv-16-3')).toEqual([160]);
    expect(counts('image-9-9-1.conv-8-1.separable-16-3')[1]).toBe(216);
    expect(counts('image-9-9-1.conv-8-1.conv-16-3')[1]).toBe(1168);
    expect(counts(PRESETS['slide 9: a Siamese tower'])[3]).toBe(31_490_176);
  });
});

describe('the text of a stack', () => {
  it('is brought into one that can be built, whatever it is, and what was wrong is said', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { value, said } = nearestStack(text);
        expect(nearestStack(value)).toEqual({ value });
        expect(value === text).toBe(said === undefined);
        const { stack } = readStack(value);
        expect(stackText(stack)).toBe(value);
        expect(totalOf(plan(stack))).toBeLessThanOrEqual(MOST_WEIGHTS);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['vector-64.dense-0', 'vector-64.dense-1', 'dense: units 0 becomes 1'],
    ['vector-64.dense', 'vector-64.dense-16', 'dense: units is not said, so it is 16'],
    ['vector-64.gru-3.dense-2', 'vector-64.dense-2', '"gru-3" is no layer'],
    ['picture.dense-2', 'vector-64.dense-2', '"picture" is no input, so it is 64 numbers'],
    [
      'image-28-28-1.dense-2',
      'image-28-28-1',
      'dense-2 is left out: Dense reads a vector, and here comes a picture, Flatten makes one of a picture',
    ],
    ['image-3-3-1.conv-2-5', 'image-3-3-1', 'conv-2-5 is left out: Conv2D is larger than the picture of 3 × 3'],
    [
      'vector-4096.dense-4096.dense-4096.dense-4096',
      'vector-4096.dense-4096.dense-4096',
      'dense-4096 is left out: a stack here has at most 40 million weights',
    ],
    [
      `vector-1${'.dense-1'.repeat(9)}`,
      `vector-1${'.dense-1'.repeat(8)}`,
      'dense-1 is left out: a stack here has at most 8 layers',
    ],
    [
      'words-3.embedding-9-2.rnn-2.flatten',
      'words-3.embedding-9-2.rnn-2',
      'flatten is left out: Flatten reads a picture or a sequence, and here comes a vector',
    ],
  ])('%s becomes %s', (text, value, said) => {
    expect(nearestStack(text)).toEqual({ value, said });
  });
});

describe('the lesson', () => {
  it('shows no number that is none, with every control at its ends', async () => {
    const stack = ['vector-1', 'vector-1.dense-1', 'image-1-1-4.conv-1-1.flatten', 'words-1.embedding-2-1.lstm-1'];
    for (const corner of cornersOf(lesson as never, {
      stack: stack.map((text) => nearestStack(text).value),
      seed: [0],
    }) as unknown as Params[])
      await expectSound(lesson, corner);
    for (const text of ['image-224-224-4.conv-256-11-same', 'words-500.embedding-50000-512', 'vector-4096.dense-4096'])
      expect(plan(readStack(nearestStack(text).value).stack)).toBeTruthy();
  });

  it('answers its prediction with the smaller number, and accepts a solution of its challenge and nothing near it', async () => {
    const { result, values } = await runLesson(lesson, lesson.predict.values, { data });
    expect(lesson.answer(result, values)).toBe('160');
    const verdict = async (stack: string) => {
      const ran = await runLesson(lesson, { stack }, { data });
      return lesson.check(ran.result, ran.values);
    };
    const solution = 'image-28-28-1.conv-8-3.pool-2.conv-16-3.pool-4.flatten.dense-10';
    expect(await verdict(solution)).toMatchObject({ met: true });
    for (const [stack, why] of [
      [solution.replace('28-28-1', '28-28-3'), 'input'],
      [solution.replace('conv-16-3.', ''), 'fewer than two layers'],
      [solution.replace('.dense-10', '.dense-12'), 'Dense 10'],
      [solution.replace('pool-4', 'pool-2'), 'parameters'],
    ] as const) {
      const { met, text } = await verdict(stack);
      expect(met).toBe(false);
      expect(text).toContain(why);
    }
  });

  it.each([
    [{ stack: 'vector-0' }, 'stack must be an input and layers, as vector-64.dense-32.dense-10, got "vector-0"'],
    [{ inputs: 0 }, 'inputs must be an integer from 1 to 8, got 0'],
    [{ convention: 'JAX' }, 'convention must be one of TensorFlow.js, PyTorch, got "JAX"'],
  ])('refuses %j', async (params, message) => {
    await expect(run(params as Partial<Params>)).rejects.toThrow(message);
  });

  it('refuses the same where the experiment is called by itself', async () => {
    const initial = { stack: 'vector-2.dense-1', convention: 'PyTorch', inputs: 2, outputs: 2, seed: 0 } as const;
    const call = (change: object) => lesson.experiment({ ...initial, ...change }, { data });
    await expect(call({ stack: 'dense-3' })).rejects.toThrow('whatAWeightIs: stack must be a stack that can be built');
    await expect(call({ outputs: 65 })).rejects.toThrow('whatAWeightIs: outputs must be in [1, 64], got 65');
    await expect(call({ seed: 0.5 })).rejects.toThrow('whatAWeightIs: seed must be a safe integer, got 0.5');
    await expect(call({ units: 1 })).rejects.toThrow(/units/);
  });
});
