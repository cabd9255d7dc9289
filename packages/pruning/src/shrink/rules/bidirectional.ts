import type { Call, Flow, GraphLayer } from '../flow.ts';
import type { Links, Rule } from '../links.ts';
import { isKnownCell, type Recurrent, recurrentUnits } from './recurrent.ts';

/** The units of an RNN, those of the least weight first, which are those that may go. */
function byWeight(links: Links, { cell }: GraphLayer, units: number): Int32Array {
  const sums = new Float64Array(units);
  for (const property of ['kernel', 'bias'])
    for (const [i, value] of links.weight(cell, property)?.values.entries() ?? []) sums[i % units]! += Math.abs(value);
  return Int32Array.from(sums.keys()).sort((a, b) => sums[a]! - sums[b]! || a - b);
}

/** Both directions are built of one configuration, so that they have as many units: a unit of one goes with one of the other. */
function pair(links: Links, [forward, backward]: readonly [Recurrent, Recurrent], { layer }: Call): void {
  if (layer.mergeMode !== 'concat' && layer.mergeMode !== null) {
    links.atoms.join(forward.atoms, backward.atoms);
    return;
  }
  const units = forward.atoms.length;
  const [a, b] = [byWeight(links, layer.forwardLayer, units), byWeight(links, layer.backwardLayer, units)];
  links.atoms.join(
    a.map((u) => forward.atoms[u]!),
    b.map((u) => backward.atoms[u]!),
  );
}

const COMBINE: Readonly<Record<string, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  ave: (a, b) => (a + b) / 2,
  mul: (a, b) => (a === 0 || b === 0 ? 0 : a * b),
};

/** Bidirectional of an RNN. */
export const bidirectional: Rule = (call, links) => {
  const { layer, path, outputShapes } = call;
  const { forwardLayer, backwardLayer, mergeMode } = layer;
  if (!isKnownCell(forwardLayer.cell) || outputShapes[0]!.length > 3)
    return links.barrier(call, `${path} has a ${forwardLayer.getClassName()}, which is not known`);
  const keys = ['layer', 'config', ...(forwardLayer.getClassName() === 'RNN' ? ['cell', 'config'] : [])];
  const both = [
    recurrentUnits(call, links, forwardLayer, `${path}/forward`, keys),
    recurrentUnits(call, links, backwardLayer, `${path}/backward`, null),
  ] as const;
  pair(links, both, call);
  const [forward, backward] = both;
  const axis = outputShapes[0]!.length - 1;
  const outputs: Flow[] =
    mergeMode === 'concat'
      ? [
          {
            axis,
            atoms: Int32Array.from([...forward.atoms, ...backward.atoms]),
            values: Float64Array.from([...forward.values, ...backward.values]),
          },
        ]
      : mergeMode === null
        ? both.map((one) => ({ axis, ...one }))
        : [
            {
              axis,
              atoms: forward.atoms,
              values: forward.values.map((a, i) => COMBINE[mergeMode]!(a, backward.values[i]!)),
            },
          ];
  const states = (outputShapes.length - outputs.length) / 2;
  for (const one of both) for (let i = 0; i < states; i++) outputs.push({ axis: 1, ...one });
  return outputs;
};
