import type { Flow } from '../flow.ts';
import type { Rule } from '../links.ts';
import { mixed, mixOf } from '../mix.ts';
import { activated } from './activation.ts';

/** Dense, also on more than two axes: a row of the kernel reads a unit, a column and an entry of the bias make one. */
export const dense: Rule = (call, links) => {
  const { path, layer } = call;
  const shape = call.inputShapes[0]!;
  const flow = links.along(call, call.inputs[0]!, shape, shape.length - 1);
  const kernel = links.weight(layer, 'kernel')!;
  const bias = links.weight(layer, 'bias');
  const [inputs, outputs] = kernel.weight.shape as [number, number];
  const mix = mixOf({ values: kernel.values, inputs, outputs });
  const rank = call.outputShapes[0]!.length;
  const constants = mixed(mix, flow.values, bias?.values, true);
  const before: Flow = { axis: rank - 1, atoms: new Int32Array(outputs), values: constants };
  before.atoms = links.made(call, outputs, constants);
  links.slot(kernel, 0, flow.atoms);
  links.slot(kernel, 1, before.atoms);
  links.slot(bias, 0, before.atoms);
  links.size(call, ['units'], before.atoms);
  links.read('kernel', {
    path,
    atoms: flow.atoms,
    values: flow.values,
    mix,
    outputs: before.atoms,
    bias: bias ?? `${path} has no bias to take it`,
  });
  return [activated(call, links, before, rank)];
};
