import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts } from '@weightkit/core';
import { glorotUniform, heNormal, initialize, lecunNormal, orthogonal, torchDefault } from '@weightkit/initializers';
import { prune } from '@weightkit/pruning';
import { type QuantizedDtype, quantizeModel } from '@weightkit/quantization';
import { histogramChart } from '@weightkit/viz';
import { histograms } from '@weightkit/weight-metrics';

export const laws = { heNormal, glorotUniform, lecunNormal, orthogonal, torchDefault };
export interface Params {
  law: keyof typeof laws;
  inputs: number;
  units: number;
  seed: number;
  sparsity: number;
  dtype: 'float32' | QuantizedDtype;
}

export async function experiment({ law, inputs, units, seed, sparsity, dtype }: Params) {
  const layer = tf.layers.dense({ units, inputShape: [inputs], useBias: false, name: 'dense' });
  const model = tf.sequential({ layers: [layer] });

  const { initialized } = initialize(model, laws[law](), { seed }); // draw
  const drawn = initialized[0]!; // std: what the law states; measuredStd: what came out
  const bins = { bins: 61, range: [-3.5 * drawn.std, 3.5 * drawn.std] } as const;
  const [before] = await histograms(model, bins); // measure

  const pruning = await prune(model, { sparsity }); // prune
  const { zeros, parameters } = pruning.report();
  const file = dtype === 'float32' ? undefined : await quantizeModel(model, { dtype }); // quantize
  const artifacts = file ? file.artifacts : await foldedArtifacts(model);

  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts)); // stock TensorFlow.js reads it
  const [after] = await histograms(loaded, bins);
  after!.counts[30]! -= zeros; // the bin around 0: what is left beside the zeros
  const left = `after pruning, as ${dtype}`;
  const figure = histogramChart(
    {
      edges: before!.edges,
      curves: [
        { name: 'drawn', counts: before!.counts },
        { name: left, counts: after!.counts },
      ],
    },
    { title: `dense/kernel, ${inputs} × ${units}`, height: 300 },
  );

  pruning.dispose();
  for (const used of [model, loaded]) used.dispose();
  const { weightData } = artifacts as { weightData: ArrayBuffer };
  return { drawn, zeros, parameters, weightData, error: file?.report.weights[0], figures: [figure] };
}
