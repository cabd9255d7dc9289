import type * as tf from '@tensorflow/tfjs-core';
import { isExtra } from '../model/raw-variable.ts';
import { isContainer, type LayerInternals, type LayerVariableLike } from '../model/types.ts';
import { childrenOf, type Json, type JsonObject, type LayerNode } from './topology.ts';

/** A weight of the file: a variable under the name that stock looks for. A layer at two places has its weights twice. */
export interface FileWeight {
  variable: LayerVariableLike;
  name: string;
}

/** A tensor and its name in the file. */
export interface NamedTensor {
  name: string;
  tensor: tf.Tensor;
}

/** A weight that was given another name in the file. */
export interface Renamed {
  /** The name that the layer gave it. */
  from: string;
  /** The name in the file. */
  to: string;
}

/** The model's weights for the file. */
export interface FileWeights {
  /** In the order of the model's `weights`. */
  weights: FileWeight[];
  /** Those that the loaded model will train, in the order of its optimizer. */
  trained: FileWeight[];
  renamed: Renamed[];
}

/** A weight at its place: which of the model's own layers it is in, and its layer's node. */
interface Placed {
  variable: LayerVariableLike;
  name: string;
  top: number;
}

function* containersOf(model: LayerInternals): Generator<LayerInternals> {
  if (!isContainer(model)) return;
  yield model;
  for (const layer of model.layers) yield* containersOf(layer);
}

function* variablesOf(model: LayerInternals): Generator<LayerVariableLike> {
  for (const layer of model.layers ?? []) {
    yield* layer._trainableWeights;
    yield* variablesOf(layer);
  }
}

/**
 * Runs a function while the flags of models are as they will be in the loaded model: on, for files do not hold them. tfjs lists
 * weights by these flags. All is as it was when this returns.
 */
function asLoaded<T>(model: LayerInternals, read: () => T): T {
  const frozen = [...containersOf(model)].filter((container) => !container.trainable);
  if (frozen.length === 0) return read();
  const flags = [...variablesOf(model)].map(
    (variable) => [variable, variable.trainable, variable.read() as unknown as { trainable: boolean }] as const,
  );
  const own = flags.map(([, , tensor]) => tensor.trainable);
  try {
    for (const container of frozen) container.trainable = true;
    return read();
  } finally {
    for (const container of frozen) container.trainable = false;
    for (const [i, [variable, trainable, tensor]] of flags.entries()) {
      variable.trainable = trainable;
      tensor.trainable = own[i]!;
    }
  }
}

/** The weights of a layer as the loaded model lists them: those that it trains, and the others. */
function listed(layer: LayerInternals, node: LayerNode | undefined, top: number, names: Names): [Placed[], Placed[]] {
  if (!isContainer(layer)) {
    const place = (variable: LayerVariableLike): Placed => ({ variable, name: names(node, variable), top });
    const { trainableWeights, weights } = layer;
    const plain = weights.filter((variable) => !isExtra(variable));
    const trained = new Set(trainableWeights);
    return [plain.filter((v) => trained.has(v)).map(place), plain.filter((v) => !trained.has(v)).map(place)];
  }
  const nodes = new Map(node ? childrenOf(layer, node) : []);
  const lists = layer.layers.map((child) => listed(child, nodes.get(child), top, names));
  return [lists.flatMap(([trained]) => trained), lists.flatMap(([, others]) => others)];
}

type Names = (node: LayerNode | undefined, variable: LayerVariableLike) => string;

/** The weights of each of the model's own layers. */
function listedByLayer(
  model: LayerInternals,
  node: LayerNode,
  names: Names,
): { trained: Placed[]; others: Placed[] }[] {
  const nodes = new Map(childrenOf(model, node));
  return (model.layers ?? []).map((layer, top) => {
    const [trained, others] = listed(layer, nodes.get(layer), top, names);
    return { trained, others };
  });
}

const scope = (name: string): string => name.split('/').slice(0, -1).join('/');
const isNumbered = (name: string | undefined): boolean =>
  name !== undefined && !Number.isNaN(Number.parseInt(name.split('/').at(-1)!, 10));

/** The names by which stock looks for weights where the first ends in a number. */
const byNumber = (layers: readonly { trained: Placed[]; others: Placed[] }[]): Map<Placed, string> =>
  new Map(
    layers.flatMap(({ trained, others }) =>
      [...trained, ...others].map((placed, i) => [placed, `${scope(placed.name)}/${i}`] as const),
    ),
  );

const firstTwice = <T>(values: readonly T[]): T | undefined => values.find((value, i) => values.indexOf(value) !== i);

/** Sets a layer's name in its container's configuration: its own, and where others refer to it. */
function renameLayer(container: JsonObject, node: LayerNode, to: string): void {
  const from = node.config.name;
  node.config.name = to;
  if ('name' in node) node.name = to;
  const refer = (json: Json): void => {
    if (!Array.isArray(json)) return;
    if (json[0] === from && typeof json[1] === 'number') json[0] = to;
    else for (const item of json) refer(item);
  };
  for (const sibling of (container.layers as Json[] | undefined) ?? [])
    refer((sibling as JsonObject).inbound_nodes ?? null);
  for (const key of ['input_layers', 'output_layers']) refer(container[key] ?? null);
}

/** Gives layers of nested models other names in the topology, so that no two layers' weights have one name. */
function renameLayers(model: LayerInternals, node: LayerNode): Map<LayerNode, [from: string, to: string]> {
  const renamed = new Map<LayerNode, [string, string]>();
  const taken = new Set<string>();
  const visit = (container: LayerInternals, at: LayerNode): void => {
    for (const [layer, below] of childrenOf(container, at)) {
      if (isContainer(layer)) {
        visit(layer, below);
        continue;
      }
      const names = layer.weights.filter((variable) => !isExtra(variable)).map(({ originalName }) => originalName);
      const moved = (to: string) => names.map((name) => to + name.slice(layer.name.length));
      const siblings = new Set(childrenOf(container, at).map(([, { config }]) => config.name));
      let to = layer.name;
      if (names.every((name) => name.startsWith(`${layer.name}/`)))
        for (let i = 1; moved(to).some((name) => taken.has(name)) || (to !== layer.name && siblings.has(to)); i++)
          to = `${layer.name}_${i}`;
      for (const name of moved(to)) taken.add(name);
      if (to === layer.name) continue;
      renameLayer(at.config, below, to);
      renamed.set(below, [layer.name, to]);
    }
  };
  visit(model, node);
  return renamed;
}

/**
 * The weights of a model under the names by which stock TensorFlow.js finds them when it loads the topology.
 *
 * @param fn - the function that asks
 * @param model - the model
 * @param node - its topology; changed where layers of nested models must have other names
 * @param rename - whether names may be changed
 * @throws Error where stock would not find them
 */
export function fileWeights(fn: string, model: LayerInternals, node: LayerNode, rename: boolean): FileWeights {
  return asLoaded(model, () => {
    let layers = listedByLayer(model, node, (_, { originalName }) => originalName);
    const all = () => {
      const placed = [...layers.flatMap(({ trained }) => trained), ...layers.flatMap(({ others }) => others)];
      // In the order of `model.weights`, as stock writes them.
      return placed;
    };
    const original = all().map(({ name }) => name);
    let names = new Map(all().map((placed) => [placed, placed.name]));
    const isRight = (): boolean => {
      const written = all().map((placed) => names.get(placed)!);
      if (new Set(written).size !== written.length) return false;
      const numbers = byNumber(layers);
      return !isNumbered(written[0]) || all().every((placed) => names.get(placed) === numbers.get(placed));
    };
    if (!isRight()) {
      if (!rename) refuse(fn, all());
      const numbered = () => {
        names = byNumber(layers);
        return isRight();
      };
      if (!numbered()) {
        const moved = renameLayers(model, node);
        layers = listedByLayer(model, node, (at, { originalName }) => {
          const [from, to] = (at && moved.get(at)) ?? ['', ''];
          return to + originalName.slice(from.length);
        });
        names = new Map(all().map((placed) => [placed, placed.name]));
        if (!isRight() && !numbered())
          throw new Error(
            `${fn}: weight names must be unique for stock TensorFlow.js to load the file, got ${firstTwice(original)} ` +
              'twice, in layers that make the names of their weights themselves; ' +
              'save tf.sequential({ layers: [model] }) with { rename: true }',
          );
      }
    }
    const write = (placed: Placed): FileWeight => ({ variable: placed.variable, name: names.get(placed)! });
    return {
      weights: all().map(write),
      trained: layers.flatMap(({ trained }) => trained.map(write)),
      renamed: all().flatMap((placed, i) => {
        const to = names.get(placed)!;
        return to === original[i] ? [] : [{ from: original[i]!, to }];
      }),
    };
  });
}

function refuse(fn: string, all: readonly Placed[]): never {
  const name = firstTwice(all.map((placed) => placed.name));
  if (name === undefined)
    throw new Error(
      `${fn}: the first weight's name must not begin with a number for stock TensorFlow.js to load the file by names, got ` +
        `${all[0]!.name}; save with { rename: true }`,
    );
  const same = all.filter((placed) => placed.name === name).map(({ variable }) => variable);
  const reason =
    firstTwice(same) === undefined
      ? 'give the layers different names, or save with { rename: true }'
      : 'its layer stands in a nested model and outside it; save with { rename: true }, which loads as two layers';
  throw new Error(
    `${fn}: weight names must be unique for stock TensorFlow.js to load the file, got ${name} twice; ${reason}`,
  );
}
