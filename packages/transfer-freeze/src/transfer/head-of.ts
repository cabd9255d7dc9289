import { checkRange } from '@weightkit/numerics/check';
import { callOf, type GraphLayer, type GraphOfLayers, layersBehind, type SymbolicTensorLike } from './layer-graph.ts';

/** Where a model is cut. */
export interface Cut {
  /** The layers that go, the first of them first. */
  head: GraphLayer[];
  /** The layers that stay. */
  kept: GraphLayer[];
  /** What went into the head; of a Sequential, whose layers are called anew, none. */
  tensor: SymbolicTensorLike | undefined;
}

const isStart = ({ name, weights }: GraphLayer, from: string | undefined): boolean =>
  from === undefined ? weights.length > 0 : name === from;

const searched = (from: string | undefined): string => (from === undefined ? 'a layer with weights' : `layer ${from}`);

function cutSequential(fn: string, { layers }: GraphOfLayers, from: string | undefined): Cut {
  const place = layers.map((layer) => isStart(layer, from)).lastIndexOf(true);
  const names = layers.map(({ name }) => name).join(', ');
  checkRange(place >= 0, `${fn}: model must have ${searched(from)} for its head`, names);
  return { head: layers.slice(place), kept: layers.slice(0, place), tensor: undefined };
}

/** Goes from the output to the first layer of the head, through layers of one input. */
function cutGraph(fn: string, { outputs }: GraphOfLayers, from: string | undefined): Cut {
  checkRange(outputs.length === 1, `${fn}: model must have one output`, outputs.length);
  const head: GraphLayer[] = [];
  let tensor = outputs[0]!;
  for (;;) {
    const { sourceLayer } = tensor;
    const { inputTensors } = callOf(tensor);
    checkRange(
      inputTensors.length === 1,
      `${fn}: model must have ${searched(from)} for its head, above which no layer has other than one input`,
      sourceLayer.name,
    );
    head.unshift(sourceLayer);
    tensor = inputTensors[0]!;
    if (isStart(sourceLayer, from)) return { head, kept: [...layersBehind([tensor])], tensor };
  }
}

const hasWeights = ({ weights }: GraphLayer): boolean => weights.length > 0;

/**
 * Finds the last layers of a model: those from its last one with weights on, or from the one of a name.
 *
 * @throws RangeError when there are none, when nothing with weights would stay, or when one is used in what stays
 */
export function headOf(fn: string, model: GraphOfLayers, from: string | undefined): Cut {
  const cut = model.getClassName() === 'Sequential' ? cutSequential(fn, model, from) : cutGraph(fn, model, from);
  checkRange(cut.kept.some(hasWeights), `${fn}: head must leave a layer with weights below it`, cut.head[0]!.name);
  const staying = new Set(cut.kept.flatMap(({ weights }) => weights.map(({ id }) => id)));
  const shared = cut.head.find((layer) => cut.kept.includes(layer) || layer.weights.some(({ id }) => staying.has(id)));
  checkRange(shared === undefined, `${fn}: head must share no layer or weight with what stays`, shared?.name);
  return cut;
}
