import * as tf from '@tensorflow/tfjs';
import { fans, foldedArtifacts, layersOf, weightsOf } from '@weightkit/core';
import { prune } from '@weightkit/pruning';
import { quantizeModel } from '@weightkit/quantization';
import { loadStock } from '@weightkit/testing';
import { freeze } from '@weightkit/transfer-freeze';
import { compare, doctor, histograms, snapshot, summarize, type WeightDelta } from '@weightkit/weight-metrics';
import { weightNormModel } from '@weightkit/weightnorm';
import type { ZooSource } from './open-model.ts';

function must(ok: boolean, rule: string, got: unknown): asserts ok {
  if (!ok) throw new Error(`tour: ${rule}, got ${JSON.stringify(got)}`);
}

/** Rows of `compare` that tell of a change; strings are compared entry by entry and say so in words. */
const changesIn = (rows: readonly WeightDelta[]): WeightDelta[] =>
  rows.filter((row) => (row.matched ? row.maxAbs !== 0 : !/: 0 of \d+ differ$/.test(row.reason)));

/** What measures takes every source. Returns the counts. */
async function measured(source: Parameters<typeof weightsOf>[0]): Promise<string[]> {
  const weights = weightsOf(source);
  const real = weights.filter(({ dtype }) => dtype !== 'string');
  const paths = new Set(weights.map(({ path }) => path));
  must(paths.size === weights.length, 'paths must be unique', weights.length - paths.size);
  const counts = new Map<string, number>();
  let depthwise = 0;
  for (const weight of weights) {
    counts.set(weight.dtype, (counts.get(weight.dtype) ?? 0) + 1);
    const { fanIn, fanOut } = fans(weight);
    const size = tf.util.sizeFromShape([...weight.shape]);
    must(fanIn <= size || size === 0, `fan-in of ${weight.path} must be at most its size ${size}`, fanIn);
    must(fanOut <= size || size === 0, `fan-out of ${weight.path} must be at most its size ${size}`, fanOut);
    if (weight.layout?.kind === 'depthwise' || weight.property === 'depthwiseKernel') {
      depthwise++;
      const [h, w, , multiplier] = weight.shape as [number, number, number, number];
      must(fanIn === h * w && fanOut === h * w * multiplier, `fans of ${weight.path} must be depthwise`, [
        fanIn,
        fanOut,
      ]);
    }
  }
  const summaries = await summarize(source, { spectra: false });
  must(summaries.length === weights.length, 'summarize must have all weights', summaries.length);
  const shapes = await histograms(source, { filter: ({ dtype }) => dtype === 'float32' });
  must(shapes.length === (counts.get('float32') ?? 0), 'histograms must have all float32 weights', shapes.length);
  const taken = await snapshot(source);
  must(taken.size === real.length, 'snapshot must have all weights of numbers', taken.size);
  const moved = changesIn(await compare(source, source));
  must(moved.length === 0, 'compare must find no change of a source against itself', moved.slice(0, 3));
  const parameters = weights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
  const types = [...counts].map(([dtype, count]) => `${count} ${dtype}`).join(', ');
  return [`${weights.length} weights (${types})`, `${parameters} parameters`, `${depthwise} depthwise`];
}

/** What is saved of a GraphModel is the same in stock, weight for weight. */
async function saved(model: tf.GraphModel): Promise<string> {
  const again = await tf.loadGraphModel(tf.io.fromMemory(await foldedArtifacts(model)));
  const moved = changesIn(await compare(model, again));
  again.dispose();
  must(moved.length === 0, 'stock must load the weights that were saved', moved.slice(0, 3));
  return 'saved';
}

/** Functions that change layers refuse what has none, and say what to do. */
async function refused(source: object, kind: 'graph' | 'manifest'): Promise<number> {
  const model = source as tf.LayersModel;
  const calls = {
    prune: () => prune(model, { sparsity: 0.5 }),
    ...(kind === 'manifest' && { quantizeModel: () => quantizeModel(model) }),
    weightNormModel: () => weightNormModel(model),
    freeze: () => freeze(model),
    ...(kind === 'manifest' && { foldedArtifacts: () => foldedArtifacts(model) }),
    layersOf: async () => layersOf(model),
  };
  for (const [name, call] of Object.entries(calls)) {
    const said = await call().then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    must(
      said.startsWith(`${name}: `) && /has no layers|have no layers/.test(said),
      `${name} must refuse with a reason`,
      said,
    );
  }
  return Object.keys(calls).length;
}

/** A LayersModel is pruned, quantized, and saved: what stock loads is the same to the bit. */
async function changed(model: tf.LayersModel): Promise<string[]> {
  const before = await snapshot(model);
  const pruning = await prune(model, { sparsity: 0.5 });
  const { zeros } = pruning.report();
  const verified = await pruning.verify();
  must(verified.nonzero === 0, 'pruned entries must be zero', verified);
  const pruned = await loadStock(await foldedArtifacts(model));
  const saved = changesIn(await compare(model, pruned));
  must(saved.length === 0, 'what is saved must be what the layers compute with', saved.slice(0, 3));
  pruned.dispose();
  pruning.restore();
  const left = changesIn(await compare(before, model));
  must(left.length === 0, 'restore must leave everything as it was', left.slice(0, 3));
  const { artifacts, report } = await quantizeModel(model, { dtype: 'uint8' });
  must(report.certificate <= 1, 'quantization errors must be within their bounds', report.certificate);
  const small = await loadStock(artifacts);
  must(small.weights.length === model.weights.length, 'stock must load the quantized model', small.weights.length);
  small.dispose();
  return [`${zeros} pruned and back`, `${report.bytesBefore} to ${report.bytesAfter} bytes as uint8`];
}

/**
 * Takes a model through every function that is offered for its kind, and disposes it.
 *
 * @returns one line of counts
 */
export async function tour({ kind, source }: ZooSource): Promise<string> {
  const counts = await measured(source as Parameters<typeof weightsOf>[0]);
  if (kind === 'layers') {
    const { findings } = await doctor(source);
    counts.push(
      findings.length === 0 ? 'healthy' : findings.map(({ code, layer }) => `${code} in ${layer}`).join(', '),
    );
    counts.push(...(await changed(source)));
  } else counts.push(`${await refused(source, kind)} refusals`);
  if (kind === 'graph') counts.push(await saved(source));
  if (kind === 'manifest') tf.dispose(source);
  else source.dispose();
  return counts.join(', ');
}
