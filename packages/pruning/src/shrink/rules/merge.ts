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
