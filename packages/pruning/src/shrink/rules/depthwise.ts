import type { Flow } from '../flow.ts';
import type { Rule } from '../links.ts';
import { activated } from './activation.ts';
import { channelAxis, meetsNoPadding } from './window.ts';

/** The sum of the window between an input and each of its outputs, and whether any weight there is not 0. */
export function windowsOf(values: Float32Array, outputs: number): { totals: Float64Array; touched: Uint8Array } {
  const totals = new Float64Array(outputs);
  const touched = new Uint8Array(outputs);
  for (let i = 0; i < values.length; i++) {
    totals[i % outputs]! += values[i]!;
    if (values[i] !== 0) touched[i % outputs] = 1;
  }
  return { totals, touched };
}

/** What a depthwise kernel makes of constants: output `c * m + j` of input c. */
export function throughWindows(
  windows: ReturnType<typeof windowsOf>,
  values: Float64Array,
  perInput: number,
  isWhole: boolean,
): Float64Array {
  return windows.totals.map((total, output) => {
    const value = values[Math.floor(output / perInput)]!;
    if (value === 0 || windows.touched[output] === 0) return 0;
    return isWhole ? value * total : Number.NaN;
  });
}

/** DepthwiseConv2D: an input's outputs, `c * m + j`, go with it and with nothing else. */
export const depthwise: Rule = (call, links) => {
  const { layer } = call;
  const shape = call.inputShapes[0]!;
  const rank = shape.length;
  const axis = channelAxis(layer, rank);
  const flow = links.along(call, call.inputs[0]!, shape, axis);
  const kernel = links.weight(layer, 'depthwiseKernel')!;
  const bias = links.weight(layer, 'bias');
  const perInput = kernel.weight.shape[rank - 1]!;
  const atoms = Int32Array.from(
    { length: flow.atoms.length * perInput },
    (_, i) => flow.atoms[Math.floor(i / perInput)]!,
  );
  const isWhole = meetsNoPadding(layer, shape, kernel.weight.shape.slice(0, -2));
  const values = throughWindows(windowsOf(kernel.values, atoms.length), flow.values, perInput, isWhole).map(
    (value, i) => value + (bias?.values[i] ?? 0),
  );
  links.slot(kernel, rank - 2, flow.atoms);
  links.slot(bias, 0, atoms);
  links.channels(atoms, values);
  const before: Flow = { axis, atoms, values };
  return [activated(call, links, before, rank)];
};
