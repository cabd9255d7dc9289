import { type Call, type Edge, type GraphLayer, sharedLayers } from './calls.ts';
import type { Flow, Site } from './flow.ts';
import { linearLayer } from './kernel-units.ts';
import { activationPassage, HOMOGENEOUS, passage } from './passages.ts';

/** A site that is a call of a layer. */
export interface LayerSite extends Site {
  call: Call;
}

/** Layers of several inputs for which f(s x, s y) = s f(x, y) with s > 0. */
const JOINING = new Set(['Add', 'Average', 'Maximum', 'Minimum']);
/** What does not keep a constant that is added: it bends elsewhere than at 0, or puts zeros beside. */
const BENDING = new Set(['LeakyReLU', 'PReLU', 'ZeroPadding2D']);

/** What a layer that is no linear map does with factors. */
function passageOf(call: Call): Site['does'] {
  if (call.layer.getClassName() === 'Concatenate') {
    const { length } = call.outputs[0]!.shape;
    return ((call.layer.axis as number) + length) % length === length - 1 ? 'concat' : 'join';
  }
  if (!JOINING.has(call.layer.getClassName())) return passage(call);
  const [shape, ...others] = call.inputs.map((edge) => edge.shape);
  const isSame = others.every((other) => other.length === shape!.length && other.at(-1) === shape!.at(-1));
  return isSame ? 'join' : `${call.path} (${call.layer.getClassName()}) joins units of other shapes`;
}

/**
 * What a LayersModel computes.
 *
 * @param calls - of the model
 */
export function layerFlow(calls: readonly Call[]): Flow & { sites: LayerSite[] } {
  const shared = sharedLayers(calls);
  const numbers = new Map<Edge, number>();
  const numberOf = (edge: Edge): number => {
    const number = numbers.get(edge) ?? numbers.size;
    numbers.set(edge, number);
    return number;
  };
  const sites = calls.map((call): LayerSite => {
    const { path, layer } = call;
    const linear = linearLayer(path, layer);
    const isTwice = shared.has(layer);
    const fixed = isTwice
      ? 'is called twice'
      : layer.dataFormat === 'channelsFirst'
        ? 'has its units first'
        : undefined;
    const own = isTwice ? `${path} is called twice` : passageOf(call);
    return {
      call,
      path,
      linear,
      does: linear ? activationPassage(linear.activation, 'it') : own,
      fixed: linear ? fixed : undefined,
      inputs: call.inputs.map(numberOf),
      outputs: call.outputs.map(numberOf),
      vectors: [],
      length: layer.getClassName() === 'Flatten' ? (call.outputs[0]!.shape.at(-1) ?? undefined) : undefined,
    };
  });
  const given = new Set([...numbers].flatMap(([edge, number]) => (edge.isOutput ? [number] : [])));
  const widths = new Map<number, number>();
  for (const [{ from, shape }, number] of numbers) {
    const size = shape.at(-1);
    if (!from && size != null) widths.set(number, size);
  }
  return { sites, tensors: numbers.size, given, widths };
}

/** Whether a layer puts zeros around what it reads, or sees a part of its window near the border, as all transposed convolutions do. */
const pads = ({ layer }: Call): boolean => {
  const size = (layer.kernelSize ?? []) as number[];
  const isTransposed = layer.getClassName().endsWith('Transpose');
  return isTransposed || (layer.padding === 'same' && [size].flat().some((one) => one > 1));
};

/**
 * Whether a constant that is added to a unit is the same everywhere once it arrives: one layer makes the units and one reads them, what
 * stands between takes one input each, and there is a ReLU.
 *
 * @param replaces - whether ReLU6 will be a ReLU
 */
export function shifts(from: Call, to: Call, replaces: boolean): boolean {
  const { activation } = linearLayer(from.path, from.layer)!;
  let result = HOMOGENEOUS.has(activation) ? activation === 'relu' : replaces;
  for (let edge = from.outputs[0]!; ; ) {
    const [next, ...others] = edge.readers;
    if (!next || others.length > 0 || next.inputs.length > 1) return false;
    if (next === to) return result && !pads(to);
    const { layer } = next;
    const name = layer.getClassName();
    const rectifies = name === 'ReLU' || (name === 'Activation' && layer.getConfig().activation !== 'linear');
    if (rectifies) result = true;
    if (BENDING.has(name) || layer.padding === 'same') result = false;
    edge = next.outputs[0]!;
  }
}

/** The layers of sites. */
export const layersIn = (sites: readonly Site[]): GraphLayer[] => sites.map((site) => (site as LayerSite).call.layer);
