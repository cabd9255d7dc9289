import type { Rule } from '../links.ts';
import { type Mix, mixed, mixOf } from '../mix.ts';
import { activated } from './activation.ts';
import { throughWindows, windowsOf } from './depthwise.ts';
import { channelAxis, meetsNoPadding } from './window.ts';

/** SeparableConv2D: an input's slice of the depthwise kernel and its m rows of the pointwise one read a unit. */
export const separable: Rule = (call, links) => {
  const { layer, path } = call;
  const shape = call.inputShapes[0]!;
  const rank = shape.length;
  const axis = channelAxis(layer, rank);
  const flow = links.along(call, call.inputs[0]!, shape, axis);
  const depthwise = links.weight(layer, 'depthwiseKernel')!;
  const pointwise = links.weight(layer, 'pointwiseKernel')!;
  const bias = links.weight(layer, 'bias');
  const perInput = depthwise.weight.shape[rank - 1]!;
  const [between, outputs] = pointwise.weight.shape.slice(-2) as [number, number];
  const windows = windowsOf(depthwise.values, between);
  const points = mixOf({ values: pointwise.values, inputs: between, outputs });
  const isWhole = meetsNoPadding(layer, shape, depthwise.weight.shape.slice(0, -2));
  const constants = throughWindows(windows, flow.values, perInput, isWhole);
  const values = mixed(points, constants, bias?.values, true);
  const atoms = links.made(call, outputs, values);
  const rows = (input: number): number[] => Array.from({ length: perInput }, (_, j) => input * perInput + j);
  const mix: Mix = {
    inputs: between / perInput,
    outputs,
    touches: (input, output) => rows(input).some((row) => windows.touched[row] === 1 && points.touches(row, output)),
    total: (input, output) =>
      rows(input).reduce((sum, row) => sum + windows.totals[row]! * points.total(row, output), 0),
  };
  links.slot(depthwise, rank - 2, flow.atoms);
  links.slot(
    pointwise,
    rank - 2,
    Int32Array.from({ length: between }, (_, i) => flow.atoms[Math.floor(i / perInput)]!),
  );
  links.slot(pointwise, rank - 1, atoms);
  links.slot(bias, 0, atoms);
  links.size(call, ['filters'], atoms);
  const border = `${path} pads with zeros, so that it is another at the border`;
  links.read('kernel', {
    path,
    atoms: flow.atoms,
    values: flow.values,
    mix,
    outputs: atoms,
    bias: isWhole ? (bias ?? `${path} has no bias to take it`) : border,
  });
  return [activated(call, links, { axis, atoms, values }, rank)];
};
