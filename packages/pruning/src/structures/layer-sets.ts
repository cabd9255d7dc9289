import type { LayerLike, Weight } from '@weightkit/core';
import { batchNormsAfter } from './batch-norms-after.ts';
import { blockGroups, sliceGroups } from './block-groups.ts';
import type { GroupMember, GroupSet } from './group-set.ts';
import { type LayerAxes, layerAxes } from './layer-axes.ts';

/** What a structure makes of chosen weights. */
export interface Sets {
  sets: GroupSet[];
  /** Chosen weights that have no place in it, by path, and why. */
  without: Map<string, string>;
}

/** A layer with a chosen weight. */
interface Chosen {
  layer: LayerLike;
  name: string;
  /** All of the layer's weights. */
  weights: Weight[];
  isChosen: (weight: Weight) => boolean;
}

function chosenLayers(all: readonly Weight[], chosen: readonly Weight[]): Chosen[] {
  const paths = new Set(chosen.map(({ path }) => path));
  const layers = [...new Set(chosen.flatMap(({ layer }) => layer ?? []))];
  return layers.map((layer) => {
    const weights = all.filter((weight) => weight.layer === layer);
    const name = weights[0]!.path.split('/').slice(0, -1).join('/');
    return { layer, name, weights, isChosen: ({ path }) => paths.has(path) };
  });
}

const each = (length: number, groupAt: (i: number) => number): Int32Array =>
  Int32Array.from({ length }, (_, i) => groupAt(i));

const unknown = ({ layer, shape }: Weight): string =>
  shape.length < 2
    ? 'it has no two axes; name the kernel, and what belongs to a unit goes with it'
    : `class ${layer?.getClassName() ?? 'none'} is not known; name { axis } or { groups }`;

/** A layer whose outputs, one by one, are those of a weight's layer: itself, its RNN, its TimeDistributed. */
export function givesOut({ layer, owner }: Weight): boolean {
  const { cell, layer: inner } = owner as { cell?: unknown; layer?: unknown };
  return owner === layer || cell === layer || (owner!.getClassName() === 'TimeDistributed' && inner === layer);
}

/** The entries of BatchNorm that belong to units. Without gamma the moving mean must be 0 too for their outputs to be. */
function normMembers(all: readonly Weight[], weight: Weight, units: number): GroupMember[] {
  if (!givesOut(weight)) return [];
  return batchNormsAfter(weight.owner!).flatMap((norm) => {
    const own = all.filter(({ layer, shape }) => layer === norm && shape[0] === units);
    const scaled = own.some(({ property }) => property === 'gamma');
    const names = scaled ? ['gamma', 'beta'] : ['beta', 'movingMean'];
    return own
      .filter(({ property }) => names.includes(property!))
      .map((member) => ({ weight: member, of: each(units, (i) => i), votes: false }));
  });
}

const sizeAt = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * shape[axis]!, 1);

function unitMembers(weight: Weight, axes: LayerAxes, units: number, votes: boolean): GroupMember[] {
  const { shape, property } = weight;
  const members: GroupMember[] = [
    { weight, of: sliceGroups(shape, axes.output!).of.map((group) => group % units), votes },
  ];
  // What reads the unit's own state goes with it.
  const state = shape.length - 2;
  if (property === 'recurrentKernel') members.push({ weight, of: sliceGroups(shape, [state]).of, votes: false });
  return members;
}

/**
 * The units of layers: each with its entries of every kernel, of the bias and of the BatchNorm that sees it. Scores of the chosen
 * kernels count.
 *
 * @param all - the model's weights
 * @param chosen - the kernels that the filter leaves
 */
export function unitSets(all: readonly Weight[], chosen: readonly Weight[]): Sets {
  const sets: GroupSet[] = [];
  const without = new Map<string, string>();
  for (const { name, weights, isChosen } of chosenLayers(all, chosen)) {
    const members: GroupMember[] = [];
    let groups = 0;
    for (const weight of weights) {
      const axes = layerAxes(weight);
      if (!axes?.output) {
        if (isChosen(weight))
          without.set(weight.path, axes ? 'it makes no output of its layer by itself' : unknown(weight));
        continue;
      }
      const units = sizeAt(weight.shape, axes.output) / axes.gates;
      groups = units;
      members.push(...unitMembers(weight, axes, units, isChosen(weight)));
    }
    if (!members.some(({ votes }) => votes)) continue;
    for (const weight of weights)
      if (weight.property === 'bias') {
        members.push({ weight, of: each(weight.shape[0]!, (i) => i % groups), votes: false });
        without.delete(weight.path);
      }
    members.push(...normMembers(all, members[0]!.weight, groups));
    sets.push({ name, groups, members, keepsOne: true });
  }
  return { sets, without };
}

/**
 * The input channels of layers: each with the entries of every kernel that read it.
 *
 * @param all - the model's weights
 * @param chosen - the kernels that the filter leaves
 */
export function channelSets(all: readonly Weight[], chosen: readonly Weight[]): Sets {
  const sets: GroupSet[] = [];
  const without = new Map<string, string>();
  for (const { layer, name, weights, isChosen } of chosenLayers(all, chosen)) {
    const members: GroupMember[] = [];
    let groups = 0;
    for (const weight of weights) {
      const axes = layerAxes(weight);
      if (axes?.input == null) {
        if (isChosen(weight))
          without.set(weight.path, axes ? 'it reads no channel that its layer is given' : unknown(weight));
        continue;
      }
      const { shape } = weight;
      groups = shape[axes.input]! / axes.perInput;
      const block = shape.map((size, axis) => (axis === axes.input ? axes.perInput : Math.max(1, size)));
      members.push({ weight, of: blockGroups(shape, block).of, votes: isChosen(weight) });
    }
    if (!members.some(({ votes }) => votes)) continue;
    // Of a depthwise convolution each output reads one channel.
    for (const weight of weights)
      if (weight.property === 'bias' && layer.getClassName() === 'DepthwiseConv2D') {
        const perInput = weight.shape[0]! / groups;
        members.push({ weight, of: each(weight.shape[0]!, (i) => Math.floor(i / perInput)), votes: false });
        without.delete(weight.path);
      }
    sets.push({ name, groups, members, keepsOne: true });
  }
  return { sets, without };
}
