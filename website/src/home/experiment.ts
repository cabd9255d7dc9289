import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts } from '@weightkit/core';
import { initialize } from '@weightkit/initializers';
import { prune } from '@weightkit/pruning';
import { quantizeModel } from '@weightkit/quantization';
import { histogramChart } from '@weightkit/viz';
import { histograms } from '@weightkit/weight-metrics';
import { laws, type Params } from './params.ts'; // heNormal, orthogonal, ...

export async function experiment({ law, inputs, units, seed, sparsity, dtype }: Params) {
  const shape = { units, inputShape: [inputs], useBias: false };
  const layer = tf.layers.dense({ ...shape, name: 'dense' });
  const model = tf.sequential({ layers: [layer] });

  // Draw. `std` is what the law states, `measuredStd` what came out.
  const { initialized } = initialize(model, laws[law](), { seed });
  const drawn = initialized[0]!;

  // Measure.
  const range = [-3.5 * drawn.std, 3.5 * drawn.std] as const;
  const [before] = await histograms(model, { bins: 61, range });

  // Prune, then quantize.
  const pruning = await prune(model, { sparsity });
  const { zeros, parameters } = pruning.report();
  const small = dtype === 'float32' ? undefined : await quantizeModel(model, { dtype });
  const artifacts = small ? small.artifacts : await foldedArtifacts(model);

  // Stock TensorFlow.js reads it.
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const [after] = await histograms(loaded, { bins: 61, range });
  after!.counts[30]! -= zeros; // the bin around 0 shows what is left there

  // Draw a picture.
  const curves = [
    { name: 'drawn', counts: before!.counts },
    { name: `after pruning, as ${dtype}`, counts: after!.counts },
  ];
  const title = `dense/kernel, ${inputs} × ${units}`;
  const figure = histogramChart({ edges: before!.edges, curves }, { title, height: 300 });

  pruning.dispose();
  for (const used of [model, loaded]) used.dispose();
  const { weightData } = artifacts as { weightData: ArrayBuffer };
  const error = small?.report.weights[0];
  return { drawn, zeros, parameters, weightData, error, figures: [figure] };
}
