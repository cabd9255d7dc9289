import { type Flow, varying } from '../flow.ts';
import type { Rule } from '../links.ts';

/** BatchNormalization: four numbers for each unit. One whose gamma is 0 gives its beta whatever it is given. */
export const batchNorm: Rule = (call, links) => {
  const { layer } = call;
  const [flow] = call.inputs as [Flow];
  const rank = call.inputShapes[0]!.length;
  // Keras writes a list of one.
  const axis: number = [layer.axis ?? -1].flat()[0];
  if ((axis + rank) % rank !== flow.axis) return [{ ...flow, values: varying(flow.values.length) }];
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'movingMean', 'movingVariance'].map((property) =>
    links.weight(layer, property),
  );
  for (const loaded of [gamma, beta, mean, variance]) links.slot(loaded, 0, flow.atoms);
  const values = flow.values.map((value, i) => {
    const shift = beta?.values[i] ?? 0;
    const scale = gamma?.values[i] ?? 1;
    if (scale === 0) return shift;
    return ((value - mean!.values[i]!) * scale) / Math.sqrt(variance!.values[i]! + layer.epsilon) + shift;
  });
  links.channels(flow.atoms, values);
  return [{ ...flow, values }];
};

/** LayerNormalization: no unit of an axis that it normalizes over can go. One of another that is 0 stays 0 where nothing is added. */
export const layerNorm: Rule = (call, links) => {
  const [flow] = call.inputs as [Flow];
  const rank = call.inputShapes[0]!.length;
  const axes = [call.layer.axis ?? -1].flat().map((axis: number) => (axis + rank) % rank);
  if (axes.includes(flow.axis)) {
    links.atoms.pin(flow.atoms, `${call.path} normalizes over the units`);
    return [{ ...flow, values: varying(flow.values.length) }];
  }
  const adds = links.weight(call.layer, 'beta')?.values.some((value) => value !== 0) ?? false;
  return [{ ...flow, values: flow.values.map((value) => (value === 0 && !adds ? 0 : Number.NaN)) }];
};
