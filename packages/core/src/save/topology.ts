import { isContainer, isLayer, type LayerInternals } from '../model/types.ts';

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** An object of JSON. */
export interface JsonObject {
  [key: string]: Json;
}

/** What a topology says of one layer: `{ class_name, config }`, in a functional model with a name and nodes. */
export type LayerNode = JsonObject & { class_name: string; config: JsonObject };

const isNode = (value: unknown): value is LayerNode =>
  typeof value === 'object' && value !== null && typeof (value as JsonObject).config === 'object';

/** The nodes of a container's layers, as many as it has; an old Sequential has a list for its configuration. */
function nodesOf({ config }: LayerNode): LayerNode[] {
  const nodes = Array.isArray(config) ? config : config.layers;
  return Array.isArray(nodes) ? nodes.filter(isNode) : [];
}

/** The layers of a container beside their nodes; none where a class of its own writes other nodes. */
export function childrenOf({ layers = [] }: LayerInternals, node: LayerNode): [LayerInternals, LayerNode][] {
  const nodes = nodesOf(node);
  return nodes.length === layers.length ? layers.map((layer, i) => [layer, nodes[i]!]) : [];
}

/** Every layer beside its node: in nested models, wrappers, and cells too. */
export function* placesOf(layer: LayerInternals, node: LayerNode): Generator<[LayerInternals, LayerNode]> {
  yield [layer, node];
  if (isContainer(layer)) {
    for (const [child, below] of childrenOf(layer, node)) yield* placesOf(child, below);
    return;
  }
  for (const property of ['layer', 'cell']) {
    const below = node.config[property];
    // Bidirectional makes its two layers from the one that it keeps.
    if (isLayer(layer[property]) && isNode(below)) yield* placesOf(layer[property], below);
  }
  const { cells } = layer;
  const below = node.config.cells;
  if (!Array.isArray(cells) || !Array.isArray(below)) return;
  for (const [i, cell] of cells.entries()) if (isLayer(cell) && isNode(below[i])) yield* placesOf(cell, below[i]);
}

/** The topology of a model as the node that it is. */
export const rootNode = (topology: object): LayerNode => topology as LayerNode;
