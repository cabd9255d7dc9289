import * as tf from '@tensorflow/tfjs-core';
import { allDone, type ModelLike } from '@weightkit/core';
import { firstDiverging, type LayerEffect, type LayerValues, layerEffects, layerValues } from './layer-effects.ts';
import { type OutputEffect, type OutputValues, outputEffect } from './output-effect.ts';
import type { ProbeSet } from './probes.ts';
import { isGraph, outputsOf, type Runnable } from './runnable.ts';

/** What a change of weights does to what a model says. */
export interface Effect {
  /** How many examples were tried. */
  probes: number;
  /** Where they are from: `given`, or how they were made. */
  from: string;
  /** The least share of equal top classes among the outputs that are classes; null without one. */
  agree: number | null;
  /** The largest relative change among the outputs. */
  relative: number;
  /** The largest change of one number. */
  largest: number;
  /** Each output. */
  outputs: OutputEffect[];
  /** The layers in the order of their calls, on the first eight probes; empty for a GraphModel, which has no layers. */
  layers: LayerEffect[];
  /** The first layer with a signal to noise below 20 dB, which is a tenth of noise; null when there is none. */
  firstDiverging: string | null;
}

/** What a model says on probes. */
export interface Observed {
  outputs: OutputValues[];
  layers: LayerValues;
}

/** How many probes layers are captured on. */
const CAPTURED = 8;

/** All outputs of a model on probes, or on the first batches of them, and those of its layers where asked. */
export async function observe(
  model: Runnable,
  probes: ProbeSet,
  {
    most = probes.count,
    layers = false,
    onBatch,
  }: { most?: number; layers?: boolean; onBatch?: (done: number) => Promise<void> } = {},
): Promise<Observed> {
  const pieces: OutputValues[][] = [];
  const observed: Observed = { outputs: [], layers: [] };
  for (let index = 0; index * probes.batchSize < most; index++) {
    const batch = probes.batch(index);
    try {
      const outputs = await outputsOf(model, batch);
      try {
        const values = await allDone(outputs.map((output) => output.data()));
        for (const [o, { shape }] of outputs.entries()) {
          pieces[o] = pieces[o] ?? [];
          pieces[o].push({ values: Float32Array.from(values[o]!), shape });
        }
      } finally {
        tf.dispose(outputs);
      }
      if (index === 0 && layers && !isGraph(model)) {
        const [few, dispose] = firstOf(batch, model);
        try {
          observed.layers = await layerValues(model as ModelLike, few);
        } finally {
          dispose();
        }
      }
    } finally {
      tf.dispose(batch);
    }
    await onBatch?.(Math.min((index + 1) * probes.batchSize, probes.count));
  }
  observed.outputs = pieces.map(joined);
  return observed;
}

/** The first examples of a batch, where the model takes any number of them. */
function firstOf(batch: readonly tf.Tensor[], model: Runnable): [readonly tf.Tensor[], () => void] {
  const { inputs } = model as unknown as { inputs: { shape: (number | null)[] }[] };
  if (batch[0]!.shape[0]! <= CAPTURED || inputs.some(({ shape }) => shape[0] != null)) return [batch, () => {}];
  const few = batch.map((tensor) => tf.slice(tensor, 0, CAPTURED));
  return [few, () => tf.dispose(few)];
}

function joined(pieces: readonly OutputValues[]): OutputValues {
  const values = new Float32Array(pieces.reduce((sum, piece) => sum + piece.values.length, 0));
  let at = 0;
  for (const piece of pieces) {
    values.set(piece.values, at);
    at += piece.values.length;
  }
  return { values, shape: pieces[0]!.shape };
}

/** The effect on outputs. */
export function effectBetween(before: Observed, after: Observed, { count, from }: ProbeSet): Effect {
  const outputs = before.outputs.map((output, o) => outputEffect(output, after.outputs[o]!));
  const shares = outputs.flatMap(({ classes }) => classes?.share ?? []);
  const layers = layerEffects(before.layers, after.layers);
  return {
    probes: count,
    from,
    agree: shares.length === 0 ? null : Math.min(...shares),
    relative: Math.max(0, ...outputs.map(({ relative }) => relative)),
    largest: Math.max(0, ...outputs.map(({ largest }) => largest)),
    outputs,
    layers,
    firstDiverging: firstDiverging(layers),
  };
}
