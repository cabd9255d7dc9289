import { stablePaths, type Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { type NoOffer, type Offer, plainOffer, torchOffer } from './offers.ts';
import type { SourceTensor } from './source-tensors.ts';
import { modulePath, type TorchModule } from './torch-modules.ts';

/** What was found for a weight, in the order of the weights. */
export type Found = Offer | NoOffer;

const NOTHING: NoOffer = { reason: 'the source has nothing of this name' };

interface Held {
  originalName?: string;
}

/** The name that TensorFlow.js writes into files. */
function fileName({ layer, property, path }: Weight): string {
  const held =
    layer && property !== null ? (layer as unknown as Record<string, Held | undefined>)[property] : undefined;
  return held?.originalName ?? path;
}

/**
 * Finds weights by their paths or by their names in files, those that tfjs made up counted by place.
 *
 * @param names - what the tensors are called, in their order
 */
export function matchNames(
  fn: string,
  weights: readonly Weight[],
  tensors: readonly SourceTensor[],
  names: readonly string[],
): Found[] {
  const byName = new Map<string, SourceTensor>();
  for (const [i, name] of stablePaths([...names]).entries()) {
    checkRange(!byName.has(name), `${fn}: rename must leave each name to one tensor`, name);
    byName.set(name, tensors[i]!);
  }
  const files = stablePaths(weights.map(fileName));
  return weights.map(({ stablePath }, i) => {
    const tensor = byName.get(stablePath) ?? byName.get(files[i]!);
    return tensor ? plainOffer(tensor) : NOTHING;
  });
}

/** The path of the layer that holds a weight. */
export const layerPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const isBidirectional = ({ owner }: Weight): boolean => owner?.getClassName() === 'Bidirectional';

/** Where the module of a weight's layer stands. */
export function moduleOf(weight: Weight, path: string): string {
  const layer = layerPath(path).replaceAll('.', '/');
  return isBidirectional(weight) ? modulePath(layer) : layer.replace(/\/cell$/, '');
}

/** Finds weights by the names of PyTorch's modules: the layers' paths, with dots for slashes. */
export function matchModules(weights: readonly Weight[], modules: readonly TorchModule[]): Found[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  return weights.map((weight) => {
    const module = byPath.get(moduleOf(weight, weight.path)) ?? byPath.get(moduleOf(weight, weight.stablePath));
    return module ? torchOffer(weight, module) : NOTHING;
  });
}
