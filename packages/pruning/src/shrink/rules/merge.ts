import type { Call, Flow } from '../flow.ts';
import type { Links, Rule } from '../links.ts';

type Combine = (values: readonly number[]) => number;

const sum: Combine = (values) => values.reduce((a, b) => a + b);

/** What is the same whatever flows in: NaN where one varies. */
const COMBINE: Readonly<Record<string, Combine>> = {
  Add: sum,
  Average: (values) => sum(values) / values.length,
  Multiply: (values) => (values.includes(0) ? 0 : values.reduce((a, b) => a * b)),
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
};

/** Joins flows one unit to another; those of one index that is taken for every unit stay. */
function joined(call: Call, links: Links, flows: readonly Flow[], combine: Combine): Flow {
  const whole = flows.reduce((most, flow) => (flow.atoms.length > most.atoms.length ? flow : most));
  for (const flow of flows)
    if (flow.atoms.length === whole.atoms.length) links.atoms.join(whole.atoms, flow.atoms);
    else links.atoms.pin(flow.atoms, `${call.path} takes it for every unit`);
  const values = whole.values.map((_, i) =>
    combine(flows.map((flow) => flow.values[flow.values.length === 1 ? 0 : i]!)),
  );
  return { ...whole, values };
}

const haveOneAxis = (flows: readonly Flow[], call: Call): boolean =>
  flows.every(({ axis }) => axis === flows[0]!.axis) &&
  call.inputShapes.every(({ length }) => length === call.inputShapes[0]!.length);

/** Add, Average, Multiply, Maximum and Minimum: units of one index go together. */
export const merge: Rule = (call, links) => {
  if (!haveOneAxis(call.inputs, call))
    return links.barrier(call, `${call.path} joins tensors whose units lie along different axes`);
  return [joined(call, links, call.inputs, COMBINE[call.layer.getClassName()]!)];
};

/** Concatenate: side by side along the axis of the units, one unit to another along any other. */
export const concatenate: Rule = (call, links) => {
  if (!haveOneAxis(call.inputs, call))
    return links.barrier(call, `${call.path} joins tensors whose units lie along different axes`);
  const rank = call.inputShapes[0]!.length;
  const [first] = call.inputs as [Flow];
  if (((call.layer.axis ?? -1) + rank) % rank !== first.axis)
    return [
      joined(call, links, call.inputs, (values) => (values.every((v) => v === values[0]) ? values[0]! : Number.NaN)),
    ];
  return [
    {
      axis: first.axis,
      atoms: Int32Array.from(call.inputs.flatMap(({ atoms }) => [...atoms])),
      values: Float64Array.from(call.inputs.flatMap(({ values }) => [...values])),
    },
  ];
};

/** Sums of products over the units of both: those of one index go together. */
function dotOfUnits({ path, layer, inputs, outputShapes }: Call, links: Links): Flow {
  const [a, b] = inputs as [Flow, Flow];
  const values = a.values.map((value, i) =>
    layer.normalize
      ? value === 0 && b.values[i] === 0
        ? 0
        : Number.NaN
      : value === 0 || b.values[i] === 0
        ? 0
        : Number.NaN,
  );
  links.atoms.join(a.atoms, b.atoms);
  const out = links.opaque(outputShapes[0]!, outputShapes[0]!.length - 1, `${path} gives sums over the units`);
  const mix = { inputs: a.atoms.length, outputs: 1, touches: () => true, total: () => 1 };
  // The sums stay, whatever axis they lie along.
  const sum = links.atoms.fresh(1);
  links.read('dot', { path, atoms: a.atoms, values, mix, outputs: sum, bias: `${path} has no bias to take it` });
  return out;
}

/**
 * Dot. Along the units of both those of one index go together, and one is seen in no sum where either is 0 (both, where their lengths
 * are made 1 first). Along another axis, as where attention weighs values, the units of that input go on; of both inputs those of the
 * second do, for a flow has units along one axis.
 */
export const dot: Rule = (call, links) => {
  const { path, layer, inputs, inputShapes } = call;
  const [a, b] = inputs as [Flow, Flow];
  const [first, second] = inputShapes.map((shape, i) => {
    const axis: number = Array.isArray(layer.axes) ? layer.axes[i] : layer.axes;
    return (axis + shape.length) % shape.length;
  });
  const isSummed = [a.axis === first, b.axis === second];
  if (isSummed[0] && isSummed[1]) return [dotOfUnits(call, links)];
  const [stays, goesOn] = isSummed[1] ? [b, a] : [a, b];
  links.atoms.pin(stays.atoms, `${path} multiplies along another axis than that of the units`);
  return [
    {
      // [batch, what is left of the first, what is left of the second]: TensorFlow.js has Dot for up to three axes.
      axis: goesOn === a ? 1 : inputShapes[0]!.length - 1,
      atoms: goesOn.atoms,
      values: goesOn.values.map((value) => (value === 0 ? 0 : Number.NaN)),
    },
  ];
};
