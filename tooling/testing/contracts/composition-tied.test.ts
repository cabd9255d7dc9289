import * as tf from '@tensorflow/tfjs';
import { fillMissingKernels, finiteValues, isParametrized, saveFolded, weightsOf } from '@weightkit/core';
import { quantizeModel, save } from '@weightkit/quantization';
import { weightNormModel } from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';
import { allowBackend, artifactsOf, hasKernel, leakOf, loadStock, valuesOf } from '../src/index.ts';
import { withoutSyncReads } from '../src/sync-reads.ts';
import { BITS, type Kind, LONGEST, ofAdapters, PLACE, type Placed, sigmaOf } from './composed.ts';

// Tied weights: the output layer multiplies by the embedding's table.

const PATH = 'emb/embeddings';
const [WORDS, SIZE, LENGTH] = [6, 4, 2];
/** A bottleneck would stand between the two uses. */
type OnBoth = Exclude<Kind, 'bottleneck'>;
const KINDS = Object.keys(PLACE).filter((kind) => kind !== 'bottleneck') as OnBoth[];
const nothing = { tensors: 0, variables: 0 };

type Holder = { read(): tf.Tensor };

/** An output layer over the table of the embedding before it, which it finds anew wherever a model is loaded. */
abstract class Tied extends tf.layers.Layer {
  abstract take(embeddings: Holder): void;
  abstract table(): tf.Tensor;
  override apply(inputs: tf.Tensor | tf.SymbolicTensor, kwargs?: object) {
    const source = (inputs as tf.SymbolicTensor).sourceLayer as (tf.layers.Layer & { embeddings: Holder }) | undefined;
    if (source) this.take(source.embeddings);
    return super.apply(inputs, kwargs as never);
  }
  override computeOutputShape() {
    return [null, LENGTH, WORDS];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => decode(x, this.table()));
  }
}

const decode = (x: tf.Tensor, table: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, SIZE]), table as tf.Tensor2D, false, true), [-1, LENGTH, WORDS]);

/** Keeps the LayerVariable. */
class TiedByHolder extends Tied {
  static className = 'TiedByHolder';
  kernel: Holder | undefined;
  take(embeddings: Holder) {
    this.kernel = embeddings;
  }
  table() {
    return this.kernel!.read();
  }
}

/** Keeps the tf.Variable. */
class TiedByVariable extends Tied {
  static className = 'TiedByVariable';
  tables: tf.Tensor[] = [];
  take(embeddings: Holder) {
    this.tables = [embeddings.read()];
  }
  table() {
    return this.tables[0]!;
  }
}

for (const custom of [TiedByHolder, TiedByVariable]) tf.serialization.registerClass(custom as never);

interface Trial {
  model: tf.LayersModel;
  fit(): Promise<void>;
  predict(model?: tf.LayersModel): Promise<number[]>;
  table(): Promise<Float32Array>;
}

const bits = (values: Float32Array) => Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));

async function onTrial(Custom: new (config: object) => Tied, body: (trial: Trial) => Promise<void>): Promise<void> {
  const ids = tf.input({ shape: [LENGTH] });
  const embedded = tf.layers
    .embedding({ inputDim: WORDS, outputDim: SIZE, name: 'emb' })
    .apply(ids) as tf.SymbolicTensor;
  // A layer under the table that is left to train where the table is frozen.
  const tied = new Custom({ name: 'tied' }).apply(embedded) as tf.SymbolicTensor;
  const outputs = tf.layers.dense({ units: WORDS, name: 'out' }).apply(tied) as tf.SymbolicTensor;
  const model = tf.model({ inputs: ids, outputs });
  for (const [i, weight] of weightsOf(model).entries()) {
    const size = tf.util.sizeFromShape([...weight.shape]);
    const value = tf.tensor(
      Float32Array.from({ length: size }, (_, k) => Math.sin(1 + i + 1.7 * k)),
      [...weight.shape],
    );
    weight.write(value);
    value.dispose();
  }
  const x = tf.tensor2d([0, 1, 2, 3, 4, 5, 1, 1], [4, LENGTH]);
  const y = tf.ones([4, LENGTH, WORDS]);
  const optimizer = tf.train.adam(0.05);
  try {
    await body({
      model,
      async fit() {
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const { history } = await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
        expect((history.loss as number[]).every(Number.isFinite)).toBe(true);
      },
      predict: async (m = model) => bits(await valuesOf(m.predict(x) as tf.Tensor)),
      table: () => finiteValues('tied', weightsOf(model, PATH)[0]!),
    });
  } finally {
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, y]);
  }
}

/** What the model computes with a table in both places, and its own output layer. */
async function withTable(values: Float32Array, { model }: Trial): Promise<number[]> {
  const result = tf.tidy(() => {
    const table = tf.tensor2d(values, [WORDS, SIZE]);
    const looked = tf.gather(table, tf.tensor2d([0, 1, 2, 3, 4, 5, 1, 1], [4, LENGTH], 'int32'));
    return model.layers.at(-1)!.apply(decode(looked, table)) as tf.Tensor;
  });
  return bits(await valuesOf(result));
}

async function expectBothUses(trial: Trial): Promise<void> {
  expect(await trial.predict()).toEqual(await withTable(await trial.table(), trial));
}

async function expectStockPredictsTheSame(trial: Trial): Promise<void> {
  const artifacts = await artifactsOf((handler) => saveFolded(trial.model, handler));
  expect(artifacts.weightSpecs!.map(({ name }) => name)).toEqual([PATH, 'out/kernel', 'out/bias']);
  const stock = await loadStock(artifacts);
  expect(await trial.predict(stock)).toEqual(await trial.predict());
  stock.dispose();
}

/** The codes' table is in both uses of the loaded model. */
async function expectQuantized(trial: Trial): Promise<void> {
  const quantized = await quantizeModel(trial.model, { dtype: 'uint8', filter: PATH });
  expect(quantized.report.weights.map(({ path }) => path)).toEqual([PATH]);
  const small = await loadStock(await artifactsOf((handler) => save(quantized, handler)));
  const table = Float32Array.from(await small.getWeights()[0]!.data());
  const before = await trial.table();
  const { maxError } = quantized.report.weights[0]!;
  // A loader's product and sum may round other than ours, by 2^-22 of values below 2^2.
  for (const [i, w] of table.entries()) expect(Math.abs(w - before[i]!)).toBeLessThanOrEqual(maxError + 2 ** -20);
  expect(await trial.predict(small)).toEqual(await withTable(table, trial));
  small.dispose();
}

/** What each keeps of the table in training. */
const KEEPS: Record<OnBoth, (table: Float32Array, before: Float32Array, placed: Placed) => Promise<void>> = {
  async mask(table, _before, { pruning }) {
    expect(await pruning!.verify()).toMatchObject({ pruned: (WORDS * SIZE) / 2, nonzero: 0 });
    expect(table.filter((w) => Object.is(w, 0))).toHaveLength((WORDS * SIZE) / 2);
  },
  async 'fake quantization'(table) {
    expect(new Set(table).size).toBeLessThanOrEqual(2 ** BITS);
  },
  async 'weight norm'(table, _before, { g }) {
    const lengths = Array.from(await g!.data());
    const columns = lengths.map((_, unit) => Math.hypot(...table.filter((_w, i) => i % SIZE === unit)));
    // Four roundings an entry, on WebGPU four times as large.
    for (const [unit, length] of lengths.entries())
      expect(Math.abs(columns[unit]! - Math.abs(length))).toBeLessThanOrEqual(2 ** -20 * Math.abs(length));
  },
  async 'spectral norm'(table) {
    // The vectors are those of before the last step.
    expect(Math.abs(sigmaOf(table, SIZE) - 1)).toBeLessThan(0.1);
  },
  async constraint(table) {
    for (let unit = 0; unit < SIZE; unit++)
      expect(Math.hypot(...table.filter((_w, i) => i % SIZE === unit))).toBeLessThanOrEqual((1 + 2 ** -20) * LONGEST);
  },
  async 'frozen entries'(table, before, { entries }) {
    for (const [i, held] of entries!.mask.entries()) if (held) expect(Object.is(table[i], before[i])).toBe(true);
    expect((await entries!.frozen.verify()).moved).toEqual([]);
  },
  ...ofAdapters(async (_table: Float32Array, before: Float32Array, { base }: Placed) => {
    expect(bits(Float32Array.from(await base!.data()))).toEqual(bits(before));
  }),
  async freeze(table, before, { frozen }) {
    expect(bits(table)).toEqual(bits(before));
    expect((await frozen!.verify()).moved).toEqual([]);
  },
};

async function train(kind: OnBoth, Custom: new (config: object) => Tied): Promise<void> {
  await onTrial(Custom, async (trial) => {
    const placed = await PLACE[kind](trial.model, PATH);
    await expectBothUses(trial);
    const before = await trial.table();
    await trial.fit();
    const table = await trial.table();
    if (kind !== 'freeze') expect(table).not.toEqual(before);
    await KEEPS[kind](table, before, placed);
    await expectBothUses(trial);
    await expectStockPredictsTheSame(trial);
    await expectQuantized(trial);
    placed.fold();
    expect(isParametrized(trial.model)).toBe(false);
    expect(bits(await trial.table())).toEqual(bits(table));
    await expectBothUses(trial);
  });
}

/** Where the backend lacks the gradient of a look-up, with it filled in from cpu. */
async function withGradients(run: () => Promise<void>): Promise<void> {
  if (hasKernel('UnsortedSegmentSum')) return run();
  const filled = fillMissingKernels();
  try {
    await allowBackend('cpu', run);
  } finally {
    filled.restore();
  }
}

const checked = (run: () => Promise<void>) => () =>
  withGradients(async () => expect(await withoutSyncReads(() => leakOf(run))).toEqual(nothing));

const refusal = (fn: string) =>
  `${fn}: every layer must use a weight by its LayerVariable, got ${PATH} (of layer emb), whose tf.Variable layer tied keeps in tables[0]`;

describe('an output layer that keeps the LayerVariable of an embedding', () => {
  for (const kind of KINDS)
    it(
      `${kind} works on both uses: trained, saved, quantized, loaded in stock, folded`,
      checked(() => train(kind, TiedByHolder)),
    );
  it(
    'quantizeModel works on both uses',
    checked(() => onTrial(TiedByHolder, expectQuantized)),
  );
});

describe('an output layer that keeps the tf.Variable of an embedding', () => {
  const refused: [string, (model: tf.LayersModel) => Promise<unknown>][] = [
    ['prune', (model) => PLACE.mask(model, PATH)],
    ['parametrize', (model) => PLACE['fake quantization'](model, PATH)],
    ['weightNorm', (model) => PLACE['weight norm'](model, PATH)],
    ['weightNormModel', (model) => weightNormModel(model, { filter: PATH })],
  ];
  for (const [fn, call] of refused)
    it(
      `${fn} is refused by the names of both layers, and nothing changes`,
      checked(() =>
        onTrial(TiedByVariable, async (trial) => {
          const before = await trial.predict();
          await expect(call(trial.model)).rejects.toThrow(refusal(fn));
          expect(isParametrized(trial.model)).toBe(false);
          expect(await trial.predict()).toEqual(before);
        }),
      ),
    );
  it(
    'constraint works on both uses',
    checked(() => train('constraint', TiedByVariable)),
  );
  it(
    'freeze works on both uses',
    checked(() => train('freeze', TiedByVariable)),
  );
  it(
    'quantizeModel works on both uses',
    checked(() => onTrial(TiedByVariable, expectQuantized)),
  );
});
