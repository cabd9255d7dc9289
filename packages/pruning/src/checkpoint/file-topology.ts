import type { Checkpoint } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import type { Json } from './file-layer.ts';

/**
 * What a model.json says of a LayersModel.
 *
 * @throws RangeError for other files, with what to do
 */
export function topologyOf(
  fn: string,
  { format, extras }: Checkpoint,
): { topology: Json; json: NonNullable<typeof extras.modelJson> } {
  const remedy = 'open the model.json that TensorFlow.js saves of a LayersModel';
  checkRange(
    format === 'tfjs',
    `${fn}: checkpoint must be of a model.json, which says what joins layers (${remedy})`,
    format,
  );
  const json = extras.modelJson ?? [];
  const text = json.find(([key]) => key === 'modelTopology')?.[1];
  checkRange(
    text !== undefined,
    `${fn}: model.json must have a modelTopology (${remedy})`,
    json.map(([key]) => key),
  );
  const topology = JSON.parse(text) as Json;
  checkRange(
    topology?.node === undefined && topology?.library === undefined,
    `${fn}: model.json must hold a LayersModel (convert the Keras model with tensorflowjs_converter --output_format=tfjs_layers_model)`,
    'a GraphModel',
  );
  return { topology, json };
}
