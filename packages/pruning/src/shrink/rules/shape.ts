import type { Call } from '../flow.ts';
import { type Flow, type Shape, varying } from '../flow.ts';
import type { Links, Rule } from '../links.ts';

const product = (sizes: Shape): number => sizes.reduce<number>((all, size) => all * size!, 1);

const at = (flow: Flow, axis: number, indices: Int32Array): Flow => ({
  axis,
  atoms: Int32Array.from(indices, (i) => flow.atoms[i]!),
  values: Float64Array.from(indices, (i) => flow.values[i]!),
});

/**
 * The axis of a shape that tells units apart, of a row-major list in which unit `floor(i / inner) % units` is at i, with the unit of
 * each of its indices; undefined where none does by itself.
 */
function unitAxis(shape: readonly number[], inner: number, units: number): [axis: number, of: Int32Array] | undefined {
  let stride = shape.reduce((a, b) => a * b, 1);
  for (const [axis, size] of shape.entries()) {
    const above = stride;
    stride /= size;
    // Each index is of one unit, and what lies above it are whole rounds of all units.
    if (inner % stride === 0 && above % (inner * units) === 0) {
      const per = inner / stride;
      return [axis, Int32Array.from({ length: size }, (_, i) => Math.floor(i / per) % units)];
    }
  }
  return undefined;
}

/** Flatten: position times units plus unit, once the channels stand last. */
export const flatten: Rule = (call) => {
  const [flow] = call.inputs as [Flow];
  const sizes = [...call.inputShapes[0]!.slice(1)] as number[];
  let axis = flow.axis - 1;
  if (call.layer.dataFormat === 'channelsFirst') {
    sizes.push(sizes.shift()!);
    axis = axis === 0 ? sizes.length - 1 : axis - 1;
  }
  const inner = product(sizes.slice(axis + 1));
  const units = sizes[axis]!;
  return [
    at(
      flow,
      1,
      Int32Array.from({ length: product(sizes) }, (_, i) => Math.floor(i / inner) % units),
    ),
  ];
};

/** Reshape: followed where one axis of the new shape tells the units apart. */
export const reshape: Rule = (call, links) => {
  const [flow] = call.inputs as [Flow];
  const from = call.inputShapes[0]!.slice(1);
  const known = product(call.outputShapes[0]!.slice(1).filter((size) => size !== null));
  // At most one size is not said.
  const to = call.outputShapes[0]!.slice(1).map((size) => size ?? product(from) / known);
  const isKnown = [...from, ...to].every((size) => size !== null && size > 0);
  const inner = isKnown ? product(from.slice(flow.axis)) : 0;
  const found = isKnown ? unitAxis(to as number[], inner, flow.atoms.length) : undefined;
  if (!found) return links.barrier(call, `${call.path} gives the units a shape in which no axis is theirs`);
  const [axis, of] = found;
  const out = at(flow, axis + 1, of);
  const wanted: unknown = call.layer.targetShape[axis];
  if (typeof wanted === 'number' && wanted > 0) links.size(call, ['targetShape', axis], out.atoms);
  return [out];
};

/** Permute: the axis moves. */
export const permute: Rule = (call) => {
  const [flow] = call.inputs as [Flow];
  return [{ ...flow, axis: (call.layer.dims as number[]).indexOf(flow.axis) + 1 }];
};

/** RepeatVector: a new axis before the units. */
export const repeatVector: Rule = (call) => [{ ...call.inputs[0]!, axis: 2 }];

/** Masking: whether a step counts depends on all units of it. */
export const masking: Rule = (call: Call, links: Links) => {
  const [flow] = call.inputs as [Flow];
  links.atoms.pin(flow.atoms, `${call.path} looks at all units of a step`);
  return [{ ...flow, values: varying(flow.values.length) }];
};
