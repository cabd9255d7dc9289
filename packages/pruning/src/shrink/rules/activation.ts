import { ACTIVATIONS } from '@weightkit/numerics';
import { type Call, type Flow, varying } from '../flow.ts';
import type { Links, Rule } from '../links.ts';

interface Activation {
  getClassName(): string;
}

/** The names that TensorFlow.js gives activations, where they are not those of {@link ACTIVATIONS}. */
const NAMES: Readonly<Record<string, string>> = { gelu_new: 'geluNew' };
const MIXING = new Set(['softmax', 'logSoftmax']);

/** What an activation makes of a number; undefined where it is not known by name or looks at more than one. */
export function activationOf(activation: Activation | null | undefined): ((z: number) => number) | undefined {
  if (activation == null) return (z) => z;
  const name = activation.getClassName();
  const own = NAMES[name] ?? name;
  return Object.hasOwn(ACTIVATIONS, own) ? ACTIVATIONS[own] : undefined;
}

/** A flow behind an activation. Units of one that looks at all units stay, and so do those of one that nobody knows. */
export function activated(call: Call, links: Links, flow: Flow, rank: number): Flow {
  const { activation } = call.layer;
  const f = activationOf(activation);
  if (f) return { ...flow, values: flow.values.map((value) => f(value)) };
  const name: string = activation.getClassName();
  const isLast = flow.axis === rank - 1;
  if (!MIXING.has(name) || isLast)
    links.atoms.pin(
      flow.atoms,
      MIXING.has(name)
        ? `${name} of ${call.path} mixes the units`
        : `the activation ${name} of ${call.path} is not known`,
    );
  return { ...flow, values: varying(flow.values.length) };
}

/** A layer of an activation. */
export const activation: Rule = (call, links) => [activated(call, links, call.inputs[0]!, call.inputShapes[0]!.length)];

/** The Softmax layer. */
export const softmax: Rule = (call, links) => {
  const [flow] = call.inputs as [Flow];
  const rank = call.inputShapes[0]!.length;
  const axes = [call.layer.axis ?? -1].flat().map((axis: number) => (axis + rank) % rank);
  if (axes.includes(flow.axis)) links.atoms.pin(flow.atoms, `softmax of ${call.path} mixes the units`);
  return [{ ...flow, values: varying(flow.values.length) }];
};

/** A layer that does something with each number by itself. */
export const pointwise =
  (f: (layer: Call['layer'], value: number) => number): Rule =>
  ({ layer, inputs: [flow] }) => [{ ...flow!, values: flow!.values.map((value) => f(layer, value)) }];

/** ReLU, with its bound. */
export const relu = pointwise(({ maxValue }, value) => Math.min(maxValue ?? Infinity, Math.max(0, value)));
/** LeakyReLU. */
export const leakyRelu = pointwise(({ alpha }, value) => (value < 0 ? alpha * value : value));
/** ELU. */
export const elu = pointwise(({ alpha }, value) => (value < 0 ? alpha * Math.expm1(value) : value));
/** ThresholdedReLU. */
export const thresholdedRelu = pointwise(({ theta }, value) =>
  Number.isNaN(value) ? value : value > theta ? value : 0,
);
/** What is the same at inference. */
export const identity = pointwise((_, value) => value);

/** PReLU: a slope for each unit, unless they share one. */
export const prelu: Rule = ({ layer, inputs }, links) => {
  const [flow] = inputs as [Flow];
  const alpha = links.weight(layer, 'alpha');
  if (alpha && alpha.weight.shape[flow.axis - 1] === flow.atoms.length) links.slot(alpha, flow.axis - 1, flow.atoms);
  // Slopes may differ by position.
  return [{ ...flow, values: flow.values.map((value) => (value >= 0 ? value : Number.NaN)) }];
};
