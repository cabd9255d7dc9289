import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { FEW, type Params, type Result } from './experiment.ts';
import { fileOf } from './figure.ts';
import { SHARED, type Shared } from './grids.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** Runs with seeds that the table does not have. */
let runs: Promise<Result[]> | undefined;
function fresh(): Promise<Result[]> {
  runs ??= (async () => {
    const all: Result[] = [];
    for (let seed = 50; seed < 56; seed++) all.push((await runLesson(lesson, { seed }, { data })).result);
    return all;
  })();
  return runs;
}

const rightWith = (result: Result, bits: number, shared: Shared) => fileOf(result, { bits, shared }).accuracy;
const few = (result: Result, bits: number) => result.few.find((one) => one.bits === bits)!;
const ranged = (result: Result, bits: number, way: string) =>
  result.ranged.find((one) => one.bits === bits && one.way === way)!.accuracy;

describe('quantization, on seeds that the table does not have', () => {
  it('8 bits lose less than half a point, with any way to share a scale and in the file of bytes', async () => {
    const all = await fresh();
    for (const shared of SHARED) {
      const { low, high } = meanInterval(all.map((result) => result.accuracy - rightWith(result, 8, shared)));
      expect(high, shared).toBeLessThan(0.005);
      expect(low, shared).toBeGreaterThan(-0.005);
    }
    const stock = meanInterval(all.map(({ accuracy, stock }) => accuracy - stock.accuracy));
    expect(stock.high).toBeLessThan(0.005);
  }, 900_000);

  it('at 2 bits the fewer weights share a scale, the more is right; at 8 bits it is all one', async () => {
    const all = await fresh();
    const more = (bits: number, one: Shared, other: Shared) =>
      meanInterval(all.map((result) => rightWith(result, bits, one) - rightWith(result, bits, other)));
    expect(more(2, 'an output', 'a layer').low).toBeGreaterThan(0);
    expect(more(2, '28 inputs', 'a layer').low).toBeGreaterThan(0.1);
    expect(more(8, '28 inputs', 'a layer').high).toBeLessThan(0.01);
  }, 900_000);

  it('2 bits lose most where weights become the nearest codes, and few points after training with rounded weights', async () => {
    const all = await fresh();
    expect(meanInterval(all.map((result) => result.accuracy - few(result, 2).nearest)).low).toBeGreaterThan(0.2);
    expect(meanInterval(all.map((result) => few(result, 2).gptq - few(result, 2).nearest)).low).toBeGreaterThan(0.1);
    expect(meanInterval(all.map((result) => few(result, 2).aware - few(result, 2).later)).low).toBeGreaterThan(0.2);
    expect(meanInterval(all.map((result) => result.accuracy - few(result, 2).aware)).high).toBeLessThan(0.06);
  }, 900_000);

  it('activations of 2 bits keep more where their ranges have the least square error', async () => {
    const all = await fresh();
    const gain = all.map((result) => ranged(result, 2, 'least square error') - ranged(result, 2, 'least and greatest'));
    expect(meanInterval(gain).low).toBeGreaterThan(0);
  }, 900_000);

  it('meets its challenge with more steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ steps: 600, more: 300 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 900_000);

  it('another range gives what a run with it gives; stopped late, a run leaves no tensor', async () => {
    const { result, values } = await runLesson(lesson, lesson.probe, { data });
    const to = { ...values, range: 'least error' } as Params;
    const again = await lesson.rerun!(result, values as Params, to, { data });
    expect(again).toEqual((await runLesson(lesson, to, { data })).result);
    expect(result.few).toHaveLength(FEW.length);
    const { numTensors } = tf.memory();
    for (const end of [0.4, 0.6, 0.8, 0.9, 0.97]) {
      const stopped = lesson.experiment(to, {
        data,
        onProgress: ({ done }) => {
          if (done > end) throw new Error('stop');
        },
      });
      await expect(stopped).rejects.toThrow('stop');
      expect(tf.memory().numTensors).toBe(numTensors);
    }
  }, 900_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = { steps: [20], more: [10], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 900_000);
});
