import type { LayerInternals } from '../model/types.ts';
import { type FileWeights, fileWeights } from './file-weights.ts';
import { mendTopology } from './mend-topology.ts';
import { type LayerNode, rootNode } from './topology.ts';

/** A model's topology and weights as they are in a file that stock TensorFlow.js loads. */
export interface FileTopology extends FileWeights {
  /** The topology, the caller's own: constraints may still be dropped from it. */
  topology: object;
  /** The same, as the node that it is. */
  node: LayerNode;
}

/**
 * The topology of a model with what stock TensorFlow.js leaves out or mistakes put right, and its weights under the names by
 * which stock finds them. Waits for nothing.
 *
 * @param fn - the function that asks
 * @param model - a built LayersModel
 * @param rename - whether weights may have other names in the file
 * @throws Error where stock would not find the weights
 */
export function fileTopology(fn: string, model: LayerInternals, rename: boolean): FileTopology {
  const topology = structuredClone(
    (model as unknown as { toJSON(unused: null, text: false): object }).toJSON(null, false),
  );
  const node = rootNode(topology);
  mendTopology(model, node);
  return { topology, node, ...fileWeights(fn, model, node, rename) };
}
