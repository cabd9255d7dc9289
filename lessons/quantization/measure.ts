import * as tf from '@tensorflow/tfjs';
import type { MeasuredRun, Measurement, Run } from '@weightkit/lesson';
import { INPUTS } from '../siamese/size.ts';
import { type FileOf, type Params, quantization, type Ranged, type Result } from './experiment.ts';
import { packAndLoad } from './files.ts';
import { gridOf, SHARED } from './grids.ts';
import { kernelOf, stepsOf } from './kernel.ts';
import { LAYERS, type Layer } from './layers.ts';
import { buildClassifier } from './network.ts';

export const BASE = {
  bits: 4,
  shared: 'a layer',
  range: 'all weights',
  layer: 'first',
  steps: 300,
  more: 60,
} as const;

type Label = 'rounding' | 'training' | 'time';

/** A network as it is and in 4 bits: how long a prediction of a thousand digits takes, and how long loading its file. */
interface Times {
  float32: number;
  packed: number;
}

export interface Row {
  label: Label;
  seed: number;
  range: Params['range'];
  more: number;
  accuracy: number;
  longer: number;
  stock: number;
  bytes: number;
  files: Pick<FileOf, 'bits' | 'shared' | 'bytes' | 'accuracy'>[];
  few: Result['few'];
  ranged: Pick<Ranged, 'bits' | 'way' | 'accuracy'>[];
  /** The largest |error| in halves of a step, over all layers, bits and ways to share a scale. */
  error: number;
  times?: Times;
}

/** Predictions that are timed, of each network in turn. */
const ROUNDS = 40;

const median = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1]!;

/** Times predictions of a network, and of the same in a file of 4 bits, in turn. */
async function timed(params: Params, run: Run<Result>): Promise<Result & { times?: Times }> {
  const result = await quantization(params, run);
  const { test } = await run.data.digits({ train: 1, test: 1000 });
  const net = buildClassifier(params.seed);
  const { loaded } = await packAndLoad(net, gridOf(4, 'an output', 'all weights'));
  const x = tf.tensor2d(
    Float32Array.from({ length: test.count * INPUTS }, (_, i) => (i % 255) / 255),
    [test.count, INPUTS],
  );
  const ask = async (which: tf.LayersModel) => {
    const from = performance.now();
    const said = which.predict(x, { batchSize: test.count }) as tf.Tensor;
    await said.data();
    said.dispose();
    return performance.now() - from;
  };
  try {
    for (let i = 0; i < 5; i++) for (const which of [net, loaded]) await ask(which);
    const [plain, packed]: [number[], number[]] = [[], []];
    for (let i = 0; i < ROUNDS; i++) {
      plain.push(await ask(net));
      packed.push(await ask(loaded));
    }
    return { ...result, times: { float32: median(plain), packed: median(packed) } };
  } finally {
    x.dispose();
    loaded.dispose();
    net.dispose();
  }
}

const short = (value: number) => Number(value.toPrecision(4));

/** The largest error of a weight in halves of a step. */
export function largestError(result: Pick<Result, 'weights'>): number {
  let most = 0;
  for (const layer of Object.keys(LAYERS) as Layer[])
    for (let bits = 2; bits <= 8; bits++)
      for (const shared of SHARED) {
        const { errors } = stepsOf(kernelOf(result, layer), gridOf(bits, shared, 'all weights'));
        most = errors.reduce((largest, error) => Math.max(largest, error), most);
      }
  return most;
}

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result & { times?: Times }): Row {
  const { accuracy, longer, stock, bytes, files, few, ranged, times } = result;
  return {
    label,
    seed: params.seed,
    range: params.range,
    more: params.more,
    accuracy,
    longer,
    stock: stock.accuracy,
    bytes,
    files,
    few,
    ranged: ranged.map(({ bits, way, accuracy }) => ({ bits, way, accuracy })),
    error: short(largestError(result)),
    ...(label === 'time' && times ? { times: { float32: short(times.float32), packed: short(times.packed) } } : {}),
  };
}

const SEEDS = Array.from({ length: 8 }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result & { times?: Times }, Row> = {
  experiment: timed,
  runs: [
    ...SEEDS.map((seed) => ({ label: 'rounding' as const, params: { ...BASE, seed } })),
    ...SEEDS.map((seed) => ({
      label: 'training' as const,
      params: { ...BASE, range: 'least error' as const, more: 300, seed },
    })),
    ...SEEDS.slice(0, 5).map((seed) => ({ label: 'time' as const, params: { ...BASE, steps: 20, more: 10, seed } })),
  ],
  sample: { label: 'rounding', params: { ...BASE, steps: 20, more: 10, seed: 0 } },
  condense,
};
