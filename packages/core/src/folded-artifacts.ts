import * as tf from '@tensorflow/tfjs-core';
import { layersOf } from './layers-of.ts';
import type { LayerInternals, LayerVariableLike, ModelLike } from './types.ts';
import { extraVariables, isView, type WeightView } from './view.ts';

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

function checkNames(specs: tf.io.WeightsManifestEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name))
      throw new Error(
        `saveFolded: weight names must be unique for stock TensorFlow.js to load the file, got ${name} twice; give the layers different names`,
      );
    seen.add(name);
  }
}

/**
 * The artifacts of a model with every parametrization folded in, as stock `model.save` would write them had the weights been
 * folded first. The model is not changed and goes on training.
 *
 * @param model - a built LayersModel
 * @returns topology, weight specs and weight data (one ArrayBuffer); the optimizer's state is not part of it
 * @throws Error when two weights have one name, which stock TensorFlow.js saves and then fails to load
 */
export async function foldedArtifacts(model: ModelLike): Promise<tf.io.ModelArtifacts> {
  const views = new Map<LayerVariableLike, WeightView>();
  for (const { layer } of layersOf(model))
    for (const value of Object.values(layer)) if (isView(value)) views.set(value.raw, value);
  const variables = (model as unknown as LayerInternals).weights;
  const folded = variables.map((variable) => views.get(variable)?.compute());
  try {
    const artifacts = await artifactsOf(model);
    const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData as ArrayBuffer);
    const specs: tf.io.WeightsManifestEntry[] = [];
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (const [i, spec] of artifacts.weightSpecs!.entries()) {
      const bytes = tf.util.sizeFromShape(spec.shape) * (spec.dtype === 'bool' ? 1 : 4);
      const stored = new Uint8Array(data, offset, bytes);
      offset += bytes;
      if (extraVariables.has(variables[i]!)) continue;
      const values = await folded[i]?.data();
      specs.push(spec);
      parts.push(values ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : stored);
    }
    checkNames(specs);
    return { ...artifacts, weightSpecs: specs, weightData: joined(parts) };
  } finally {
    for (const tensor of folded) tensor?.dispose();
  }
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all.buffer;
}
