import type * as tf from '@tensorflow/tfjs-core';
import { allDone, capture, type ModelLike } from '@weightkit/core';

/** How much of a layer's outputs is left. */
export interface LayerEffect {
  /** The layer's path. */
  path: string;
  /** Signal to noise of its outputs, 10 · log10(Σ y² / Σ (y − ŷ)²) in dB; Infinity where nothing changed. */
  sqnr: number;
}

/** A layer's outputs in the order of its calls. */
export type LayerValues = readonly { path: string; outputs: Float32Array[] }[];

/** What the layers of a model give on one batch. */
export async function layerValues(model: ModelLike, batch: readonly tf.Tensor[]): Promise<LayerValues> {
  const captured = capture(model, undefined, batch.length === 1 ? batch[0]! : [...batch]);
  try {
    return await allDone(
      captured.calls.map(async ({ path, outputs }) => ({
        path,
        outputs: (await allDone(outputs.map((output) => output.data()))).map((values) => Float32Array.from(values)),
      })),
    );
  } finally {
    captured.dispose();
  }
}

/** Signal to noise of each layer, all of its calls together, in the order of the first calls. */
export function layerEffects(before: LayerValues, after: LayerValues): LayerEffect[] {
  const sums = new Map<string, [signal: number, noise: number]>();
  for (const [c, { path, outputs }] of before.entries()) {
    const sum = sums.get(path) ?? [0, 0];
    sums.set(path, sum);
    for (const [o, values] of outputs.entries()) {
      const other = after[c]!.outputs[o]!;
      for (const [i, value] of values.entries()) {
        sum[0] += value ** 2;
        sum[1] += (value - other[i]!) ** 2;
      }
    }
  }
  return [...sums].map(([path, [signal, noise]]) => ({
    path,
    sqnr: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
  }));
}

/** Below it, noise is more than a tenth of the signal: the layer diverges. */
export const DIVERGES = 20;

/** The first layer whose signal to noise is below {@link DIVERGES}. */
export const firstDiverging = (layers: readonly LayerEffect[]): string | null =>
  layers.find(({ sqnr }) => !(sqnr >= DIVERGES))?.path ?? null;
