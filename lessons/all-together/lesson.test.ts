import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound, expectStopped } from '../corners.ts';
import { UNITS } from '../pruning/network.ts';
import { halved } from '../siamese/network.ts';
import { INPUTS } from '../siamese/size.ts';
import { NAMES, type Params, quantizeAgain, type Result, UNSEEN } from './experiment.ts';
import { figures } from './figure.ts';
import { entropyOf, withoutZeros } from './left.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, images: 100, steps: 10, tune: 3, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= run({});
  return kept;
};
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The files of a result by name, unpacked by node. */
function unpacked(result: Result): Map<string, Buffer> {
  return new Map(lesson.files!(result).map(({ name, bytes }) => [name.replace(/\.gz$/, ''), gunzipSync(bytes)]));
}

/** What plain TensorFlow.js makes of unpacked files, as from a folder of a server. */
function loaded(files: ReadonlyMap<string, Buffer>): Promise<tf.LayersModel> {
  const fetchFunc = async (path: RequestInfo | URL) =>
    new Response(files.get(String(path).split('/').at(-1)!) as BodyInit | undefined);
  return tf.loadLayersModel(tf.io.http('http://localhost/model.json', { fetchFunc: fetchFunc as typeof fetch }));
}

describe('all together', () => {
  it('what is counted and scored is what is downloaded: node unpacks it, plain TensorFlow.js loads it', async () => {
    const result = await small();
    const files = unpacked(result);
    const last = result.stages.at(-1)!;
    expect([...files.keys()].sort()).toEqual(['group1-shard1of1.bin', 'model.json']);
    expect(last.gzip).toBe(sum(lesson.files!(result).map(({ bytes }) => bytes.length)));
    expect(last.bytes).toBe(sum([...files.values()].map(({ length }) => length)));
    for (const { name, bytes } of result.files) expect(files.get(name.replace('.gz', ''))!).toHaveLength(bytes);
    const model = await loaded(files);
    const { test } = await data.digits({ train: 1, test: UNSEEN });
    const said = tf.tidy(() => {
      const images = tf.tensor2d(halved(test), [UNSEEN, INPUTS]);
      return tf.argMax(model.predict(images, { batchSize: UNSEEN }) as tf.Tensor, 1);
    });
    const digits = await said.data();
    expect([...digits].filter((digit, i) => digit === test.labels[i]).length / UNSEEN).toBe(last.accuracy);
    said.dispose();
    model.dispose();
  }, 120_000);

  it('codes are one byte a weight, few bits of it where few are asked for, and zeros are exact: what was pruned is 0 in the loaded network', async () => {
    const whole = await small();
    for (const bits of ['8', '3'] as const) {
      const result = bits === '8' ? whole : await quantizeAgain(whole, { ...SMALL, bits }, { data });
      const files = unpacked(result);
      const { weightsManifest } = JSON.parse(files.get('model.json')!.toString()) as tf.io.ModelJSON;
      const specs = weightsManifest.flatMap(({ weights }) => weights);
      const kernels = specs.filter(({ name }) => name.endsWith('kernel'));
      expect(kernels.map(({ quantization }) => quantization!.dtype)).toEqual(['uint8', 'uint8', 'uint8']);
      const model = await loaded(files);
      for (const [i, layer] of model.layers.entries()) {
        const values = await layer.getWeights()[0]!.data();
        const { scale } = kernels[i]!.quantization as { scale: number };
        expect(new Set(values).size).toBeLessThanOrEqual(2 ** Number(bits));
        for (const [j, value] of values.entries()) {
          if (result.left.kernels[i]![j] === 0) expect(value).toBe(0);
          // A code times the scale, rounded to float32 at each step: 2^7 codes, 2^-24 of a code each.
          else expect(Math.abs(value / scale - Math.round(value / scale))).toBeLessThan(2 ** -15);
        }
      }
      model.dispose();
      const { counts, least, whole: bytes, tight } = result.codes;
      expect([least, counts.length]).toEqual([-(2 ** (Number(bits) - 1)), 2 ** Number(bits)]);
      const all = sum(result.left.kernels.map(({ length }) => length));
      expect([sum(counts), bytes.bytes]).toEqual([all, all]);
      expect(tight.bytes).toBe(sum(result.left.kernels.map(({ length }) => Math.ceil((length * Number(bits)) / 8))));
    }
  }, 120_000);

  it('units are taken out: matrices are smaller, nothing else is; then the share of zeros is exact', async () => {
    const result = await small();
    const { stages, units, left } = result;
    const byName = Object.fromEntries(stages.map((stage) => [stage.name, stage]));
    expect(stages.map(({ name }) => name)).toEqual(NAMES);
    const [first, second] = [96, 48];
    expect(units.map(({ length }) => length)).toEqual([first, second]);
    for (const [i, own] of units.entries()) {
      expect([...own].sort((a, b) => a - b)).toEqual(own);
      expect(new Set(own.filter((unit) => unit >= 0 && unit < UNITS[i]!)).size).toBe(own.length);
    }
    const kernels = [INPUTS * first, first * second, second * 10];
    expect(left.kernels.map(({ length }) => length)).toEqual(kernels);
    expect(sum(left.kernels.map(withoutZeros))).toBe(sum(kernels) / 2);
    // Zeros change no length; four bytes go with each weight and bias, and a digit of model.json here and there.
    expect(byName['units pruned']!.bytes).toBe(byName.trained!.bytes);
    expect(byName['weights pruned']!.bytes).toBe(byName.shrunk!.bytes);
    const whole = [INPUTS * UNITS[0], UNITS[0] * UNITS[1], UNITS[1] * 10];
    const gone = 4 * (sum(whole) - sum(kernels) + UNITS[0] - first + UNITS[1] - second);
    expect(Math.abs(byName.trained!.bytes - byName.shrunk!.bytes - gone)).toBeLessThan(20);
    expect(byName.shrunk!.accuracy).toBe(byName['units pruned']!.accuracy);
    expect(byName['weights pruned']!.gzip).toBeLessThan(0.8 * byName.shrunk!.gzip);
  }, 120_000);

  it('takes the most bits for which there is room, and says so where there is none', async () => {
    const whole = await small();
    const fits = async (budget: number) => quantizeAgain(whole, { ...SMALL, budget }, { data });
    for (const budget of [30, 10]) {
      const result = budget === SMALL.budget ? whole : await fits(budget);
      const { tried, bits, stages } = result;
      expect(tried.map(({ bits }) => bits)).toEqual(tried.map((_, i) => 8 - i));
      for (const { gzip } of tried.slice(0, -1)) expect(gzip).toBeGreaterThan(1000 * budget);
      expect(tried.at(-1)!.gzip).toBeLessThanOrEqual(1000 * budget);
      expect(bits).toBeLessThanOrEqual(tried.at(-1)!.bits);
      expect(stages.at(-1)!.gzip).toBeLessThanOrEqual(1000 * budget);
    }
    const tight = await fits(6);
    expect(tight.bits).toBe(2);
    expect(lesson.summary(tight, { ...SMALL, budget: 6 })[0]).toContain('over the budget of 6 kB');
    expect(lesson.summary(whole, SMALL)[0]).toContain('within the budget of 30 kB');
  }, 120_000);

  it('another budget or other bits give what a run with them gives, and nothing else is answered so', async () => {
    const result = await small();
    const to: Params = { ...SMALL, budget: 9, bits: '3' };
    expect(await lesson.rerun!(result, SMALL, to, { data })).toEqual(await run(to));
    for (const more of [{ seed: 1 }, { units: 50 }, { zeros: 10 }, { tune: 4 }])
      expect(lesson.rerun!(result, SMALL, { ...SMALL, ...more }, { data })).toBeUndefined();
    const partial = { ...result, stages: result.stages.slice(0, 3) };
    expect(lesson.rerun!(partial, SMALL, to, { data })).toBeUndefined();
    expect(lesson.files!(partial)).toHaveLength(2);
  }, 120_000);

  it('entropy: as many bits as there are where all codes are equally frequent, none where there is one, never more than bits', () => {
    const count = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 1000 }), (bits, each) => {
        expect(entropyOf(new Array(2 ** bits).fill(each))).toBeCloseTo(bits * each * 2 ** bits, 6);
        expect(entropyOf([0, each, 0])).toBe(0);
      }),
    );
    fc.assert(
      fc.property(fc.array(count, { minLength: 4, maxLength: 4 }), (counts) => {
        expect(entropyOf(counts)).toBeLessThanOrEqual(2 * sum(counts) + 1e-6);
      }),
    );
  });

  it('draws what it counts: each stage with its bytes, each weight that is left, each code', async () => {
    const result = await small();
    const drawn = figures(result, SMALL);
    expect(Object.keys(drawn)).toEqual(['path', 'left', 'trained', 'codes', 'graph']);
    expect(drawn.path!.table.rows.map(([name, bytes, gzip]) => [name, bytes, gzip])).toEqual(
      result.stages.map(({ name, bytes, gzip }) => [name, bytes, gzip]),
    );
    expect(sum(drawn.codes!.table.rows.map((row) => Number(row[1])))).toBe(result.codes.whole.bytes);
    expect(drawn.left!.title).toContain('96 and 48 units are left, with 11,952 weights');
    expect(JSON.stringify(Object.values(drawn).map(({ table }) => table))).not.toMatch(/NaN|undefined/);
  }, 120_000);

  it('the challenge asks for few bytes and for accuracy', async () => {
    const result = await small();
    const met = (bytes: number, accuracy: number) => {
      const files = [{ name: 'model.json.gz', bytes: 1, gzip: new Uint8Array(bytes) }];
      const stages = result.stages.map((stage) => ({ ...stage, accuracy }));
      return lesson.check({ ...result, files, stages }, SMALL).met;
    };
    expect([met(8000, 0.95), met(8001, 0.95), met(8000, 0.9495)]).toEqual([true, false, false]);
    expect(lesson.check({ ...result, stages: result.stages.slice(0, 2) }, SMALL).met).toBe(false);
    expect(lesson.answer(result, SMALL)).toBe(Math.round(100 * result.stages.at(-1)!.accuracy));
  }, 120_000);

  it('leaves no tensor where it is stopped, and shows nothing that is no number at the corners of its controls', async () => {
    for (const share of [0.6, 0.95]) await expectStopped(lesson, { ...SMALL, compare: true }, share);
    if (tf.getBackend() === 'cpu') return;
    // The other corners are in the deep tier.
    const tiny = {
      budget: [6],
      units: [90],
      bits: ['as many as fit'],
      steps: [10],
      tune: [10],
      images: [100],
      compare: [false],
      seed: [0],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [{ budget: 0.5 }, 'allTogether: budget must be a number in [1, 200], got 0.5'],
    [{ units: 96 }, 'allTogether: units must be an integer in [0, 95], got 96'],
    [{ zeros: 1.5 }, 'allTogether: zeros must be an integer in [0, 95], got 1.5'],
    [{ bits: '1' as never }, 'allTogether: bits must be one of as many as fit, 8, 7, 6, 5, 4, 3, 2, got "1"'],
    [{ images: 63 }, 'allTogether: images must be an integer in [64, 20000], got 63'],
    [{ steps: 0 }, 'allTogether: steps must be an integer in [1, 5000], got 0'],
    [{ tune: 0 }, 'allTogether: tune must be an integer in [1, 5000], got 0'],
    [{ compare: 0 as never }, 'allTogether: compare must be true or false, got 0'],
    [{ seed: 0.5 }, 'allTogether: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
