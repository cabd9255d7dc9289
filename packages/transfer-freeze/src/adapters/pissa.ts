import * as tf from '@tensorflow/tfjs-core';
import { checkLayer, exclusively, finiteValues, type LayerLike, type ModelLike, weightsOf } from '@weightkit/core';
import { truncatedSvd } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import type { Adapter, Site } from './adapter.ts';
import type { Adapters } from './adapters.ts';
import { type LoraOptions, planOf } from './lora-options.ts';
import { factorPieces, product } from './low-rank.ts';
import { findSites, putAdapters } from './put-adapters.ts';

/** How often the search for the subspace multiplies by the weight and its transpose. */
const POWER_ITERATIONS = 8;

interface Factors {
  a: Float32Array;
  b: Float32Array;
}

/** The largest singular values and vectors of a weight, divided between two factors whose product by `scale` they are. */
async function principal(fn: string, { weight, matrix, rank }: Site, scale: number, seed: number): Promise<Factors> {
  const { rows, cols } = matrix;
  const values = await finiteValues(fn, weight);
  const { u, s, vt } = truncatedSvd(values, { rows, cols }, { rank, seed, powerIterations: POWER_ITERATIONS });
  const roots = Float64Array.from(s, (value) => Math.sqrt(value / scale));
  return {
    a: Float32Array.from(u, (value, i) => value * roots[i % rank]!),
    b: Float32Array.from(vt, (value, i) => value * roots[Math.floor(i / cols)]!),
  };
}

/** The rows of one matrix, each behind that of another. */
function beside(one: Float32Array, other: Float32Array, width: number): Float32Array {
  const out = new Float32Array(one.length + other.length);
  for (let i = 0; i < one.length; i += width) {
    out.set(one.subarray(i, i + width), 2 * i);
    out.set(other.subarray(i, i + width), 2 * i + width);
  }
  return out;
}

const negated = (values: Float32Array): Float32Array => values.map((value) => -value);

/** (W − scale · A₀ · B₀) + scale · A · B, with W as it is under it: at first both products are the same bits. */
function pissaAt({ matrix, rank }: Site, { a, b }: Factors, scale: number): Adapter {
  const { rows, cols } = matrix;
  const tensors = { A: () => tf.tensor2d(a, [rows, rank]), B: () => tf.tensor2d(b, [rank, cols]) };
  return {
    kind: 'pissa',
    variables: { loraA: tensors.A, loraB: tensors.B, startA: tensors.A, startB: tensors.B },
    held: ['startA', 'startB'],
    forward: (w, { loraA, loraB, startA, startB }) =>
      tf.add(w, tf.sub(product(loraA!, loraB!, scale, w.shape), product(startA!, startB!, scale, w.shape))),
    entries: rank * (rows + cols),
    // peft writes what was learned as LoRA of twice the rank: [A A₀] · [B; −B₀].
    pieces: factorPieces(matrix, 2 * rank),
    pack: ({ loraA, loraB, startA, startB }) => [
      beside(loraA!, startA!, rank),
      Float32Array.of(...loraB!, ...negated(startB!)),
    ],
    unpack: ([both, below]) => {
      const half = (from: number) => both!.filter((_, i) => Math.floor(i / rank) % 2 === from);
      return {
        loraA: half(0),
        startA: half(1),
        loraB: below!.slice(0, rank * cols),
        startB: negated(below!.slice(rank * cols)),
      };
    },
  };
}

/**
 * Adapters of low rank that begin with what matters most in a weight: A₀ · B₀ are its largest singular values and vectors, the residual
 * W − s · A₀ · B₀ stands still, and A and B train from A₀ and B₀ on (PiSSA, Meng et al. 2024, https://arxiv.org/abs/2404.02948). It often
 * learns faster than {@link lora}, whose factors begin with noise and zeros. The model predicts as before at first, bit for bit: the layer
 * computes W + s · (A · B − A₀ · B₀), and W itself is not touched.
 *
 * The decomposition is computed in float64 on the host by random projection with 8 power iterations. The file is a LoRA of twice the rank
 * on the untouched weights, [A A₀] · [B; −B₀], as peft converts PiSSA, so that it needs no decomposition where it is loaded; `lora` of twice
 * the rank and alpha takes it as well.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = await pissa(model, { rank: 2 });
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 148 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link LoraOptions}
 * @returns the adapters
 * @throws as {@link lora} does; RangeError when alpha is not above 0 or a weight is not finite, by path and index. Nothing has changed then
 */
export async function pissa(model: ModelLike | LayerLike, options: LoraOptions = {}): Promise<Adapters> {
  const plan = planOf('pissa', options);
  checkRange(plan.scale > 0, 'pissa: alpha must be above 0', options.alpha);
  checkLayer('pissa', 'model', model);
  return exclusively('pissa', weightsOf(model, undefined, 'pissa'), async () => {
    const { sites } = findSites('pissa', model, plan);
    const factors = new Map<string, Factors>();
    for (const site of sites) factors.set(site.weight.path, await principal('pissa', site, plan.scale, plan.seed));
    const metadata = {
      ...plan.metadata,
      r: String(2 * plan.rank),
      lora_alpha: String(2 * plan.rank * plan.scale),
      use_rslora: 'false',
    };
    return putAdapters('pissa', model, { ...plan, metadata, isTurn: true }, (site) =>
      pissaAt(site, factors.get(site.weight.path)!, plan.scale),
    );
  });
}
