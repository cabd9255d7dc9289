import type { ModelLike, Weight } from '@weightkit/core';
import { branchOf } from '../values/check-chain.ts';
import { readValues } from '../values/read-values.ts';
import type { Kernel } from './kernel.ts';
import { layerChain, outputShapeOf, weightNamed } from './layer-chain.ts';

/** The kernels of a model of Dense layers, or why it is none. */
export type DenseStack = { readonly kernels: readonly Weight[] } | { readonly reason: string };

/** Layers without weights that leave each entry in its place. */
const ACTIVATIONS = new Set(['Activation', 'ELU', 'LeakyReLU', 'ReLU', 'Softmax', 'ThresholdedReLU']);

/** The kernels of a model in which Dense layers of vectors follow one another, with activations between them. */
export function denseStack(fn: string, model: ModelLike): DenseStack {
  const branch = branchOf(model);
  if (branch !== null) return { reason: `${branch} is no model whose layers follow one another` };
  const kernels: Weight[] = [];
  for (const chained of layerChain(fn, model)) {
    const { path, kind, isPassed } = chained;
    if (isPassed || ACTIVATIONS.has(kind)) continue;
    const kernel = weightNamed(chained, 'kernel');
    if (kind !== 'Dense' || !kernel) return { reason: `${path} is no Dense layer but a ${kind}` };
    if (outputShapeOf(chained).length !== 1) return { reason: `${path} is applied at more than one place` };
    kernels.push(kernel);
  }
  return kernels.length > 0 ? { kernels } : { reason: `${model.name} has no Dense layer` };
}

/** Downloads kernels. */
export async function readKernels(weights: readonly Weight[]): Promise<Kernel[]> {
  const kernels: Kernel[] = [];
  for (const weight of weights) {
    const [inputs, units] = weight.shape as [number, number];
    kernels.push({ values: await readValues(weight), inputs, units });
  }
  return kernels;
}
