import * as tf from '@tensorflow/tfjs-core';
import { checkModel } from '../model/check-model.ts';
import { isExtra } from '../model/raw-variable.ts';
import type { LayerInternals, LayerVariableLike, ModelLike } from '../model/types.ts';
import { viewsOf } from '../parametrize/parametrizations-of.ts';
import { stockTopology } from './stock-topology.ts';

async function artifactsOf(model: ModelLike): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts!;
}

function checkNames(fn: string, variables: readonly LayerVariableLike[]): void {
  const seen = new Map<string, LayerVariableLike>();
  for (const variable of variables) {
    const name = variable.originalName;
    const other = seen.get(name);
    const remedy =
      other === variable ? 'its layer stands in a nested model and outside it' : 'give the layers different names';
    if (other)
      throw new Error(
        `${fn}: weight names must be unique for stock TensorFlow.js to load the file, got ${name} twice; ${remedy}`,
      );
    seen.set(name, variable);
  }
}

/**
 * The artifacts of a model with every parametrization folded in, as stock `model.save` would write them had the weights been
 * folded first. The model is not changed and goes on training. Initializers of `@weightkit/initializers/layers` in the
 * configuration, which stock TensorFlow.js does not know, are written as `Zeros`: the values are in the file.
 *
 * @param model - a built LayersModel
 * @param fn - the function that asks, for the message of an error
 * @returns topology, weight specs and weight data (one ArrayBuffer); the optimizer's state is not part of it
 * @throws TypeError for anything but a LayersModel; Error when two weights have one name, or one is listed twice because its
 * layer stands in a nested model and outside it: stock TensorFlow.js saves such a model and then fails to load it
 */
export async function foldedArtifacts(model: ModelLike, fn = 'foldedArtifacts'): Promise<tf.io.ModelArtifacts> {
  checkModel(fn, model);
  const views = new Map(viewsOf(model, fn).map((view) => [view.raw, view]));
  const variables = (model as unknown as LayerInternals).weights.filter((variable) => !isExtra(variable));
  checkNames(fn, variables);
  const folded: tf.Tensor[] = [];
  try {
    const named = variables.map((variable) => {
      const view = views.get(variable);
      if (view) folded.push(view.compute());
      return { name: variable.originalName, tensor: view ? folded.at(-1)! : variable.read() };
    });
    // Both start at once, so that no training step comes between topology and weights.
    const [{ data, specs }, artifacts] = await Promise.all([tf.io.encodeWeights(named), artifactsOf(model)]);
    const modelTopology = stockTopology(artifacts.modelTopology as object);
    return { ...artifacts, modelTopology, weightSpecs: specs, weightData: data };
  } finally {
    tf.dispose(folded);
  }
}
