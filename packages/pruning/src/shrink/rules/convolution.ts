import type { Flow } from '../flow.ts';
import type { Rule } from '../links.ts';
import { mixed, mixOf } from '../mix.ts';
import { activated } from './activation.ts';
import { channelAxis, meetsNoPadding } from './window.ts';

const rule =
  (transposed: boolean): Rule =>
  (call, links) => {
    const { path, layer } = call;
    const shape = call.inputShapes[0]!;
    const rank = shape.length;
    const axis = channelAxis(layer, rank);
    const flow = links.along(call, call.inputs[0]!, shape, axis);
    const kernel = links.weight(layer, 'kernel')!;
    const bias = links.weight(layer, 'bias');
    const { shape: sizes } = kernel.weight;
    const [ofInputs, ofOutputs] = transposed ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
    const [inputs, outputs] = [sizes[ofInputs]!, sizes[ofOutputs]!];
    const mix = mixOf({ values: kernel.values, inputs, outputs, transposed });
    const isWhole = !transposed && meetsNoPadding(layer, shape, sizes.slice(0, -2));
    const values = mixed(mix, flow.values, bias?.values, isWhole);
    const atoms = links.made(call, outputs, values);
    const before: Flow = { axis, atoms, values };
    links.slot(kernel, ofInputs, flow.atoms);
    links.slot(kernel, ofOutputs, atoms);
    links.slot(bias, 0, atoms);
    links.size(call, ['filters'], atoms);
    const border = transposed
      ? `the window of ${path} does not meet all positions alike`
      : `${path} pads with zeros, so that it is another at the border`;
    links.read('kernel', {
      path,
      atoms: flow.atoms,
      values: flow.values,
      mix,
      outputs: atoms,
      bias: isWhole ? (bias ?? `${path} has no bias to take it`) : border,
    });
    return [activated(call, links, before, rank)];
  };

/** Conv1D, Conv2D and Conv3D: the axis before the last of the kernel reads units, the last makes them. */
export const convolution = rule(false);
/** Conv2DTranspose and Conv3DTranspose: the last axis of the kernel reads units, the one before makes them. */
export const transposedConvolution = rule(true);
