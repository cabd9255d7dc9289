import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound, expectStopped } from '../corners.ts';
import { type Params, type Result, SIDES } from './experiment.ts';
import { figures, short } from './figure.ts';
import { distance, type Examples, lossesOf, placeOf, planeOf, SCALES, slopeOf, weightsAt } from './ground.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { buildNet, crossEntropy, imagesOf, readNet, shapesOf, targetsOf } from './network.ts';
import { REFERENCES } from './references.ts';
import { ALONG, between, ridge } from './ridge.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, units: 8, steps: 4, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= run({});
  return kept;
};

async function withExamples<T>(use: (examples: Examples) => Promise<T>): Promise<T> {
  const { test } = await data.digits({ train: 1, test: 100 });
  const examples = { images: imagesOf(test), labels: targetsOf(test) };
  try {
    return await use(examples);
  } finally {
    tf.dispose([examples.images, examples.labels]);
  }
}

/** The flat weights of a new network. */
async function startOf(params: Partial<Params>, seed = 0): Promise<Float32Array> {
  const net = buildNet({ ...SMALL, ...params }, seed);
  const flat = await readNet(net);
  net.dispose();
  return flat;
}

describe('theory', () => {
  it('two of three kernels are factors of each gradient: a tenth of the scale is a hundredth of the slope', async () => {
    await withExamples(async (examples) => {
      for (const seed of [0, 1, 2]) {
        const flat = await startOf({}, seed);
        const [small, smaller] = [await slopeOf(examples, flat, 8, 0.01), await slopeOf(examples, flat, 8, 0.001)];
        // What the softmax says moves from 1/10 by less than the logits, whose scale is the cube: less than 1e-5 of the slope.
        expect(small.kernels / smaller.kernels).toBeCloseTo(100, 1);
        // Of the biases those of the last layer alone count, whatever the kernels are: the others have a kernel for a factor, and
        // lengths add up by squares, so that they add a part of 1e-4.
        expect(Math.abs(small.biases / smaller.biases - 1)).toBeLessThan(1e-3);
      }
    });
  });

  it('the slope is that of finite differences', async () => {
    await withExamples(async (examples) => {
      const flat = await startOf({ bias: 0.5 });
      const { kernels, biases } = await slopeOf(examples, flat, 8);
      const net = buildNet({ ...SMALL, bias: 0.5 }, 0);
      const gradient = tf.tidy(() => {
        const { grads } = tf.variableGrads(() =>
          crossEntropy(examples.labels, net.apply(examples.images) as tf.Tensor),
        );
        return Object.values(grads).flatMap((of) => Array.from(of.dataSync()));
      });
      net.dispose();
      // The same gradient by the model's own way.
      expect(Math.hypot(kernels, biases)).toBeCloseTo(Math.hypot(...gradient), 4);
      const norm = Math.hypot(...gradient);
      const along = (step: number) => Float32Array.from(flat, (value, i) => value + (step * gradient[i]!) / norm);
      const [above, below] = await lossesOf(examples, [along(0.01), along(-0.01)], 8);
      // The loss in floats is rounded by 1e-7, over 0.02: 5e-6; the third derivative adds its part of 1e-4.
      expect((above! - below!) / 0.02).toBeCloseTo(norm, 2);
    });
  });

  it('losses of flat weights are those of the model', async () => {
    await withExamples(async (examples) => {
      const net = buildNet({ ...SMALL, bias: 1 }, 3);
      const [loss] = await lossesOf(examples, [await readNet(net)], 8);
      const own = tf.tidy(() => crossEntropy(examples.labels, net.apply(examples.images) as tf.Tensor).dataSync()[0]!);
      net.dispose();
      expect(loss).toBeCloseTo(own, 5);
    });
  });

  it('a map is a plane through start and end, with its own losses at the places of the path', async () => {
    const { moments, map, travelled } = await small();
    expect(map.loss).toHaveLength(SIDES.x * SIDES.y);
    expect(moments[0]).toMatchObject({ step: 0, x: 0, y: 0 });
    expect(moments.at(-1)!.x).toBeCloseTo(travelled, 4);
    expect(moments.at(-1)!.y).toBeCloseTo(0, 4);
    expect(Math.max(...map.x)).toBeGreaterThan(travelled);
    expect(Math.min(...map.x)).toBeLessThan(0);
  }, 60_000);

  it('finds places on its plane again, and keeps distances there', () => {
    const value = fc.float({ min: -2, max: 2, noNaN: true });
    const path = fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(path, value, value, (points, x, y) => {
        const flats = points.map((point) => Float32Array.from(point));
        const plane = planeOf(flats);
        const at = weightsAt(plane, x, y);
        const place = placeOf(plane, at);
        // Weights are rounded to floats: six of up to 8 by 2⁻²² each.
        expect(Math.hypot(place.x - x, place.y - y)).toBeLessThan(1e-5);
        expect(distance(flats[0]!, at)).toBeCloseTo(Math.hypot(x, y), 4);
        expect(Math.abs(placeOf(plane, flats.at(-1)!).y)).toBeLessThan(1e-5);
      }),
    );
  });

  it('goes without a ridge to a network that differs in the order of its units alone', async () => {
    await withExamples(async (examples) => {
      const one = buildNet(SMALL, 0);
      const other = buildNet(SMALL, 0);
      const turned = tf.tidy(() => {
        const [a, b, c, d, e, f] = one.getWeights();
        const order = tf.tensor1d([3, 1, 0, 2, 7, 5, 6, 4], 'int32');
        return [tf.gather(a!, order, 1), tf.gather(b!, order), tf.gather(c!, order), d!, e!, f!].map((weight) =>
          tf.clone(weight),
        );
      });
      other.setWeights(turned);
      tf.dispose(turned);
      const { straight, matched, moved } = await between(one, other, examples, 8);
      one.dispose();
      other.dispose();
      expect(straight).toHaveLength(ALONG);
      expect(moved).toBe(5);
      // The same network at every place of the way; the sum of two shares of a weight rounds by one part in 2²³.
      expect(Math.max(...matched) - Math.min(...matched)).toBeLessThan(1e-5);
      expect(ridge(matched)).toBeLessThan(1e-5);
      expect(Math.max(...straight) - Math.min(...straight)).toBeGreaterThan(1e-3);
    });
  });

  it('measures a ridge above the line between its ends', () => {
    expect(ridge([1, 2, 3])).toBe(0);
    expect(ridge([1, 4, 3])).toBe(2);
    expect(ridge([2, 1, 2])).toBe(0);
  });

  // Hundreds of steps take a minute there.
  it.skipIf(tf.getBackend() === 'cpu')(
    'learns from He’s scale, and not from a tenth of it',
    async () => {
      const [he, tenth] = [await run({ steps: 60 }), await run({ steps: 60, scale: 0.1 })];
      const accuracy = ({ moments }: Result) => moments.at(-1)!.accuracy;
      expect(accuracy(he)).toBeGreaterThan(accuracy(tenth) + 0.2);
      expect(he.slope.kernels).toBeGreaterThan(20 * tenth.slope.kernels);
      expect(he.travelled).toBeGreaterThan(5 * tenth.travelled);
      // The slope at the reader's scale lies on the curve of all.
      const at = SCALES.indexOf(0.1);
      expect(tenth.slopes[at]).toBeCloseTo(tenth.slope.kernels, 6);
    },
    60_000,
  );

  it('starts by He’s law times the scale, with biases of the spread that is asked for', async () => {
    const sizes = shapesOf(64).map((shape) => shape.reduce((a, b) => a * b, 1));
    const flat = await startOf({ units: 64, scale: 3, bias: 2 });
    expect(flat).toHaveLength(sizes.reduce((a, b) => a + b, 0));
    const std = (from: number, count: number) =>
      Math.sqrt(flat.slice(from, from + count).reduce((sum, value) => sum + value ** 2, 0) / count);
    // The standard deviation of 12,544 draws is off by 1/√(2n) = 0.6 %; five of these.
    expect(std(0, sizes[0]!) / (3 * Math.sqrt(2 / 196))).toBeCloseTo(1, 1);
    expect(Math.abs(std(0, sizes[0]!) / (3 * Math.sqrt(2 / 196)) - 1)).toBeLessThan(0.032);
    // 64 draws: 9 %; five of these.
    expect(Math.abs(std(sizes[0]!, 64) / 2 - 1)).toBeLessThan(0.45);
  });

  it('writes numbers short', () => {
    expect([0, 0.0005566, 1.23e-7, 12.345, 489.7, 1.5e6].map(short)).toEqual([
      '0',
      '0.000557',
      '1.2e-7',
      '12.3',
      '490',
      '1.5e6',
    ]);
  });

  it('shows the way so far, and no line where there is no second network', async () => {
    const result = await small();
    const first = figures(result, SMALL, 0);
    expect(first.map!.title).toContain('step 0');
    expect(first.line!.description).toContain('in the order of the first');
    expect(Object.keys(figures({ ...result, other: null }, SMALL))).not.toContain('line');
    expect(lesson.check({ ...result, other: null }, SMALL).met).toBe(false);
    expect(lesson.summary({ ...result, other: null, diverged: true }, SMALL).join()).toContain('beyond all numbers');
  }, 60_000);

  it('the challenge asks for a low ridge and for two networks that learned', async () => {
    const result = await small();
    const end = (accuracy: number) => [{ ...result.moments[0]!, accuracy }];
    const met = (height: number, mine: number, theirs: number) => {
      const other = { ...result.other!, matched: [1, 1 + height, 1], accuracy: theirs };
      return lesson.check({ ...result, moments: end(mine), other }, SMALL).met;
    };
    expect([met(0.1, 0.9, 0.9), met(0.2, 0.9, 0.9), met(0.1, 0.7, 0.9), met(0.1, 0.9, 0.7)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  }, 60_000);

  it('leaves no tensor where it is stopped, and shows nothing that is no number at the corners of its controls', async () => {
    await expectStopped(lesson, SMALL, 0.5);
    if (tf.getBackend() === 'cpu') return;
    const tiny = { units: [4], steps: [10], bias: [5], seed: [0] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [{ scale: -1 }, 'groundOfStart: scale must be in [0, 100], got -1'],
    [{ bias: '1' as never }, 'groundOfStart: bias must be in [0, 100], got "1"'],
    [{ steps: 0 }, 'groundOfStart: steps must be an integer in [1, 5000], got 0'],
    [{ rate: 2 }, 'groundOfStart: rate must be in [0, 1], got 2'],
    [{ units: 4.5 }, 'groundOfStart: units must be an integer in [1, 128], got 4.5'],
    [{ seed: 0.5 }, 'groundOfStart: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});

describe('the list of references', () => {
  const all = Object.values(REFERENCES).flat();

  it('has each paper once, with an identifier from when it appeared or before, and a sentence on it', () => {
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
    expect(new Set(all.map(({ arxiv, url }) => arxiv ?? url)).size).toBe(all.length);
    for (const { title, venue, arxiv, url, note } of all) {
      expect(note, title).toMatch(/^[A-Z].*\.$/);
      const year = Number(/ (\d{4})$/.exec(venue)![1]);
      if (arxiv === undefined) expect(url, title).toMatch(/^https:\/\//);
      else {
        const [, yy, mm] = /^(\d\d)(\d\d)\.\d{4,5}$/.exec(arxiv)!;
        expect(2000 + Number(yy), title).toBeLessThanOrEqual(year);
        expect(2000 + Number(yy), title).toBeGreaterThan(year - 3);
        expect(Number(mm), title).toBeLessThanOrEqual(12);
        // Four digits until 2014, five from then on.
        expect(arxiv.length, title).toBe(Number(yy) < 15 ? 9 : 10);
      }
    }
  });

  it('and all lessons call a paper by one title, or by its beginning', () => {
    const folder = new URL('..', import.meta.url).pathname;
    const titles = new Map(all.flatMap(({ arxiv, title }) => (arxiv ? [[arxiv, title.toLowerCase()] as const] : [])));
    let found = 0;
    for (const name of readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/lesson.mdx`))) {
      const page = readFileSync(`${folder}/${name}/lesson.mdx`, 'utf8');
      for (const [, title, id] of page.matchAll(/\*([^*\n]+)\*,[^[\n]*\[arXiv:([\d.]+)\]/g)) {
        const own = title!.toLowerCase();
        const known = titles.get(id!) ?? own;
        expect(
          known.startsWith(own) || own.startsWith(known),
          `${name}: ${id} is "${title}", elsewhere "${known}"`,
        ).toBe(true);
        titles.set(id!, known.length > own.length ? known : own);
        found++;
      }
    }
    expect(found).toBeGreaterThan(20);
  });
});
