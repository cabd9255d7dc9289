import { type Call, type Flow, type GraphLayer, varying } from '../flow.ts';
import type { Links, Rule } from '../links.ts';
import { type Mix, mixOf } from '../mix.ts';
import { activationOf } from './activation.ts';
import { meetsNoPadding } from './window.ts';

/** How many gates a cell has, and which of them is the candidate: a unit whose candidate is 0 keeps a state of 0. */
const CELLS: Readonly<Record<string, { gates: number; candidate: number; units: string }>> = {
  SimpleRNNCell: { gates: 1, candidate: 0, units: 'units' },
  GRUCell: { gates: 3, candidate: 2, units: 'units' },
  LSTMCell: { gates: 4, candidate: 2, units: 'units' },
  ConvLSTM2DCell: { gates: 4, candidate: 2, units: 'filters' },
};

/** The axis of an RNN's units: the last, or of images the channels'. */
const unitAxis = ({ dataFormat }: GraphLayer, rank: number): number =>
  dataFormat === 'channelsFirst' ? rank - 3 : rank - 1;

/** The units of an RNN after its call. */
export interface Recurrent {
  atoms: Int32Array;
  /** 0 where the state stays 0. */
  values: Float64Array;
}

/** Whether a class of cells is known. */
export const isKnownCell = (cell: GraphLayer | undefined): boolean =>
  cell !== undefined && Object.hasOwn(CELLS, cell.getClassName());

/**
 * Units whose state is 0 from the first step to the last: what their candidate is made of is 0, or read from units of such. All are
 * taken for such until one is found not to be.
 */
function silent(
  input: Mix,
  state: Mix,
  values: Float64Array,
  bias: ArrayLike<number> | undefined,
  candidate: number,
): Uint8Array {
  const units = state.inputs;
  const found = new Uint8Array(units);
  for (let u = 0; u < units; u++) {
    const column = candidate * units + u;
    const reads = Array.from(values.keys()).some((i) => values[i] !== 0 && input.touches(i, column));
    found[u] = reads || (bias?.[column] ?? 0) !== 0 ? 0 : 1;
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let u = 0; u < units; u++) {
      if (found[u] === 0) continue;
      for (let v = 0; v < units; v++)
        if (found[v] === 0 && state.touches(v, candidate * units + u)) {
          found[u] = 0;
          changed = true;
          break;
        }
    }
  }
  return found;
}

/**
 * One RNN: notes who reads and makes what.
 *
 * @param keys - where its configuration is in that of its layer; null where another's stands for it
 */
export function recurrentUnits(
  call: Call,
  links: Links,
  rnn: GraphLayer,
  path: string,
  keys: readonly string[] | null,
): Recurrent {
  const cell = rnn.cell as GraphLayer;
  const { gates, candidate, units: name } = CELLS[cell.getClassName()]!;
  const shape = call.inputShapes[0]!;
  const flow = links.along(call, call.inputs[0]!, shape, unitAxis(cell, shape.length));
  const [kernel, recurrent] = [links.weight(cell, 'kernel')!, links.weight(cell, 'recurrentKernel')!];
  const bias = links.weight(cell, 'bias');
  const window = kernel.weight.shape.slice(0, -2);
  const [inputs, columns] = kernel.weight.shape.slice(-2) as [number, number];
  const units = columns / gates;
  const input = mixOf({ values: kernel.values, inputs, outputs: columns });
  const state = mixOf({ values: recurrent.values, inputs: units, outputs: columns });
  const keepsZero = activationOf(cell.activation)?.(0) === 0;
  const values = varying(units);
  if (keepsZero)
    for (const [u, isSilent] of silent(input, state, flow.values, bias?.values, candidate).entries())
      if (isSilent === 1) values[u] = 0;
  const atoms = links.made({ path, layer: rnn }, units, values);
  const ofColumns = Int32Array.from({ length: columns }, (_, i) => atoms[i % units]!);
  links.slot(kernel, window.length, flow.atoms);
  links.slot(kernel, window.length + 1, ofColumns);
  links.slot(recurrent, window.length, atoms);
  links.slot(recurrent, window.length + 1, ofColumns);
  links.slot(bias, 0, ofColumns);
  if (keys) links.size(call, [...keys, name], atoms);
  const isWhole = window.length === 0 || meetsNoPadding(cell, [shape[0]!, ...shape.slice(2)], window);
  const taker = isWhole
    ? (bias ?? `${path} has no bias to take it`)
    : `${path} pads with zeros, so that it is another at the border`;
  links.read('kernel', {
    path,
    atoms: flow.atoms,
    values: flow.values,
    mix: input,
    outputs: ofColumns,
    bias: taker,
  });
  links.read('state', { path, atoms, values, mix: state, outputs: ofColumns, bias: `${path} reads its own state` });
  if (rnn.stateful) links.atoms.pin(atoms, `${path} is stateful: its state can be set from outside`);
  for (const { atoms: given } of call.inputs.slice(1)) {
    links.atoms.pin(given, `${path} begins with it`);
    links.atoms.pin(atoms, `${path} begins with a state that it is given`);
  }
  return { atoms, values };
}

/** SimpleRNN, GRU, LSTM, ConvLSTM2D, or RNN of one such cell: a unit is its column of every gate, its row of the recurrent kernel, its state. */
export const recurrent: Rule = (call, links) => {
  const { layer, path, outputShapes } = call;
  if (!isKnownCell(layer.cell))
    return links.barrier(call, `${path} has a ${layer.cell?.getClassName()}, which is not known`);
  const keys = layer.getClassName() === 'RNN' ? ['cell', 'config'] : [];
  const { atoms, values } = recurrentUnits(call, links, layer, path, keys);
  return outputShapes.map((shape): Flow => ({ axis: unitAxis(layer.cell, shape.length), atoms, values }));
};
