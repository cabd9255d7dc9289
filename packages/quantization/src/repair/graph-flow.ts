import type { Flow, Site } from './flow.ts';
import { dataInputs, type GraphNode, nodeOf, numbersOf, originOf, textOf, textsOf } from './graph-nodes.ts';
import type { KernelUnits, LinearLayer } from './kernel-units.ts';
import { activationPassage } from './passages.ts';

/** A weight of a graph. */
export interface GraphWeight {
  shape: readonly number[];
  values: ArrayLike<number>;
}

/** A graph and what its weights hold. */
export interface Graph {
  nodes: readonly GraphNode[];
  byName: ReadonlyMap<string, GraphNode>;
  /** Those of numbers, by name. */
  weights: ReadonlyMap<string, GraphWeight>;
  /** The nodes that the model gives out. */
  outputs: ReadonlySet<string>;
  /** How many inputs each node is, through what only hands on. */
  uses: ReadonlyMap<string, number>;
}

/** A graph with what can be asked of it. */
export function graphOf(
  nodes: readonly GraphNode[],
  weights: ReadonlyMap<string, GraphWeight>,
  outputs: readonly string[],
): Graph {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const uses = new Map<string, number>();
  const read = new Set<string>();
  for (const node of nodes)
    for (const input of dataInputs(node)) {
      read.add(input);
      // What hands a weight on is no use of its own.
      if (node.op === 'Identity' && byName.get(input)?.op === 'Const') continue;
      const origin = originOf(byName, input);
      uses.set(origin, (uses.get(origin) ?? 0) + 1);
    }
  const ends = nodes.flatMap(({ name, op }) => (read.has(name) || op === 'Const' || op === 'NoOp' ? [] : [name]));
  return { nodes, byName, weights, outputs: new Set([...outputs.map(nodeOf), ...ends]), uses };
}

/** The weight that an input is, through what hands it on; undefined where it is computed. */
export function weightAt(graph: Graph, input: string | undefined): string | undefined {
  if (input === undefined) return undefined;
  const name = originOf(graph.byName, input);
  return graph.byName.get(name)?.op === 'Const' && graph.weights.has(name) ? name : undefined;
}

const FUSED: Record<string, string> = { Relu: 'relu', Relu6: 'relu6', LeakyRelu: 'leakyRelu', Prelu: 'prelu' };

/** Ops with a kernel: its layout, and which inputs data and kernel are. */
const LINEAR: Record<string, { kind: KernelUnits['kind']; data: number; rank: number }> = {
  Conv2D: { kind: 'full', data: 0, rank: 4 },
  _FusedConv2D: { kind: 'full', data: 0, rank: 4 },
  Conv3D: { kind: 'full', data: 0, rank: 5 },
  DepthwiseConv2d: { kind: 'depthwise', data: 0, rank: 4 },
  DepthwiseConv2dNative: { kind: 'depthwise', data: 0, rank: 4 },
  FusedDepthwiseConv2dNative: { kind: 'depthwise', data: 0, rank: 4 },
  Conv2DBackpropInput: { kind: 'transposed', data: 2, rank: 4 },
  MatMul: { kind: 'full', data: 0, rank: 2 },
  _FusedMatMul: { kind: 'full', data: 0, rank: 2 },
};

/** What a node with a kernel is; or why its weights cannot be changed. */
interface LinearNode {
  linear: LinearLayer;
  /** How many axes it gives. */
  rank: number;
  fixed: string | undefined;
  data: string;
}

const isAlone = ({ uses }: Graph, weight: string): boolean => uses.get(weight) === 1;

function unitsOf(kind: KernelUnits['kind'], [a, b]: readonly [number, number]): KernelUnits {
  if (kind === 'transposed') return { kind, inputs: b, outputs: a };
  return { kind, inputs: a, outputs: kind === 'depthwise' ? a * b : b };
}

/** A convolution or a product by a weight, as the repairs see it. */
export function linearNode(graph: Graph, node: GraphNode): LinearNode | undefined {
  const law = LINEAR[node.op];
  if (!law) return undefined;
  const inputs = dataInputs(node);
  const kernel = weightAt(graph, inputs[1]);
  const shape = kernel === undefined ? [] : graph.weights.get(kernel)!.shape;
  if (kernel === undefined || shape.length < 2) return undefined;
  const turned = node.attr?.transpose_b?.b === true;
  const units = unitsOf(turned ? 'transposed' : law.kind, shape.slice(-2) as [number, number]);
  const [added, ...applied] = textsOf(node, 'fused_ops');
  const hasBias = added === 'BiasAdd';
  const bias = hasBias ? weightAt(graph, inputs[2]) : undefined;
  const activation = applied.length === 0 ? 'linear' : (FUSED[applied.join(' ')] ?? applied.join(' ').toLowerCase());
  let fixed: string | undefined;
  if (!isAlone(graph, kernel)) fixed = 'has a kernel that is read elsewhere too';
  else if (node.attr?.transpose_a?.b === true) fixed = 'has its units first';
  else if (textOf(node, 'data_format').startsWith('NC')) fixed = 'has its units first';
  else if (added !== undefined && !hasBias) fixed = `is fused with ${added}`;
  else if (hasBias && (bias === undefined || graph.weights.get(bias)!.values.length !== units.outputs))
    fixed = 'has a bias that is no weight of its units';
  else if (bias !== undefined && !isAlone(graph, bias)) fixed = 'has a bias that is read elsewhere too';
  return {
    linear: { stages: [{ path: kernel, units }], bias: bias ?? `${node.name}/bias`, hasBias, activation },
    fixed,
    rank: law.rank,
    data: inputs[law.data]!,
  };
}

/** Ops of one input through which factors pass, whatever their other inputs are. */
const PASSING = new Set(['Identity', 'StopGradient', 'Relu', 'LeakyRelu', 'Abs']);
/** The same, where units come last. */
const POOLING = new Set(['MaxPool', 'AvgPool', 'ResizeBilinear', 'ResizeNearestNeighbor']);
/** Ops for which f(s x, s y) = s f(x, y). */
const JOINING = new Set(['Add', 'AddV2', 'AddN', 'Sub', 'Maximum', 'Minimum']);
/** Of these, ops with a weight of one number for each unit, which takes the factor as well. */
const WITH_VECTOR = new Set(['BiasAdd', 'Add', 'AddV2', 'Sub', 'Maximum', 'Minimum']);
const SCALING = new Set(['Mul', 'RealDiv', 'DivNoNan']);
const CONCATENATING = new Set(['Concat', 'ConcatV2']);
const REDUCING = new Set(['Mean', 'Sum', 'Max', 'Min']);
/** Ops that read no more than how many numbers there are. */
export const MEASURING: ReadonlySet<string> = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

interface Step {
  does: Site['does'];
  inputs: string[];
  vectors?: string[];
  length?: number | undefined;
  /** How many axes there are now; undefined where it is not known. */
  rank: number | undefined;
}

const isLastAlone = (shape: readonly number[]): boolean =>
  shape.length > 0 && shape.slice(0, -1).every((size) => size === 1);

/** Whether a weight has a number for each unit and no more, or one for all. */
const isVector = ({ shape, values }: GraphWeight): boolean => isLastAlone(shape) && values.length === shape.at(-1);

/** What a node adds to units: a weight with a number for each, which nothing else reads. */
export function vectorNode(graph: Graph, node: GraphNode): { data: string; vector: string } | undefined {
  if (!['BiasAdd', 'Add', 'AddV2'].includes(node.op) || textOf(node, 'data_format').startsWith('NC')) return undefined;
  const inputs = dataInputs(node);
  const vector = inputs.map((input) => weightAt(graph, input)).find((name) => name !== undefined);
  const data = inputs.filter((input) => weightAt(graph, input) === undefined);
  if (vector === undefined || data.length !== 1 || !isAlone(graph, vector)) return undefined;
  return isVector(graph.weights.get(vector)!) ? { data: data[0]!, vector } : undefined;
}

/** What a node's only reader adds to it, unit by unit: that reader, and the weight. */
export function biasAfter(graph: Graph, { name }: GraphNode, units: number) {
  const [reader, ...others] = graph.nodes.filter((node) => dataInputs(node).includes(name));
  const added = reader && others.length === 0 ? vectorNode(graph, reader) : undefined;
  if (!reader || !added || graph.weights.get(added.vector)!.values.length !== units) return undefined;
  return { name: reader.name, vector: added.vector };
}

const integers = (graph: Graph, input: string | undefined): number[] | undefined => {
  const weight = weightAt(graph, input);
  return weight === undefined ? undefined : Array.from(graph.weights.get(weight)!.values, Number);
};

function joining(graph: Graph, node: GraphNode, inputs: string[], rank: number | undefined, no: string): Step {
  const weights = inputs.map((input) => weightAt(graph, input));
  const computed = inputs.filter((_, i) => weights[i] === undefined);
  if (computed.length === inputs.length && JOINING.has(node.op)) return { does: 'join', inputs, rank };
  const vector = weights.find((name) => name !== undefined);
  if (computed.length !== 1 || vector === undefined) return { does: no, inputs, rank };
  const weight = graph.weights.get(vector)!;
  if (SCALING.has(node.op)) {
    const divides = node.op !== 'Mul' && weights[0] !== undefined;
    const isPlain = weight.values.length === 1 || isVector(weight);
    return { does: isPlain && !divides ? 'pass' : no, inputs: computed, rank };
  }
  // One number for all of the units cannot take a factor of each.
  const takes = WITH_VECTOR.has(node.op) && isVector(weight) && weight.values.length > 1 && isAlone(graph, vector);
  return takes ? { does: 'pass', inputs: computed, vectors: [vector], rank } : { does: no, inputs: computed, rank };
}

/** What puts tensors together, along an axis that is there or a new one. */
function together(graph: Graph, node: GraphNode, rank: number | undefined, no: string): Step {
  const all = dataInputs(node);
  const isNew = node.op === 'Pack';
  const inputs = isNew ? all : node.op === 'Concat' ? all.slice(1) : all.slice(0, -1);
  const axis = isNew
    ? Number(node.attr?.axis?.i ?? 0)
    : integers(graph, node.op === 'Concat' ? all[0] : all.at(-1))?.[0];
  const after = rank === undefined ? undefined : rank + (isNew ? 1 : 0);
  const isKnown = axis !== undefined && (axis < 0 || after !== undefined);
  if (!isKnown || inputs.some((input) => weightAt(graph, input) !== undefined))
    return { does: no, inputs, rank: after };
  const isLast = axis === -1 || axis + 1 === after;
  if (isNew && isLast) return { does: no, inputs, rank: after };
  return { does: isLast ? 'concat' : 'join', inputs, rank: after };
}

/** What an op without a kernel does with factors of units, which come last. */
function stepOf(graph: Graph, node: GraphNode, rank: number | undefined): Step {
  const { op, name } = node;
  const inputs = dataInputs(node);
  const [data, second] = inputs;
  const no = `${name} (${op}) does not let a factor pass`;
  const one = { inputs: data === undefined ? [] : [data], rank };
  if (PASSING.has(op)) return { does: 'pass', ...one };
  if (op === 'Relu6') return { does: 'cut', ...one };
  if (op.startsWith('FusedBatchNorm')) return { does: `${name} (${op}) stands between: fold it first`, ...one };
  if (op === 'BiasAdd' || JOINING.has(op) || SCALING.has(op)) {
    if (textOf(node, 'data_format').startsWith('NC')) return { does: `${name} (${op}) has its units first`, ...one };
    return joining(graph, node, inputs, rank, no);
  }
  if (op === 'Pack' || CONCATENATING.has(op)) return together(graph, node, rank, no);
  if (POOLING.has(op)) {
    const first = textOf(node, 'data_format').startsWith('NC');
    return { does: first ? `${name} (${op}) has its units first` : 'pass', ...one };
  }
  if (op === 'Pad' || op === 'MirrorPad') {
    const isKept =
      integers(graph, second)
        ?.slice(-2)
        .every((size) => size === 0) ?? false;
    return { does: isKept ? 'pass' : no, ...one };
  }
  if (REDUCING.has(op)) {
    const axes = integers(graph, second);
    if (axes === undefined || rank === undefined) return { does: no, inputs: one.inputs, rank: undefined };
    const isKept = axes.every((axis) => (axis + rank) % rank !== rank - 1);
    const keeps = node.attr?.keep_dims?.b === true || node.attr?.keepDims?.b === true;
    return { does: isKept ? 'pass' : no, inputs: one.inputs, rank: keeps ? rank : rank - new Set(axes).size };
  }
  if (op === 'Squeeze') {
    const axes = [...numbersOf(node, 'squeeze_dims'), ...numbersOf(node, 'axis')];
    const known = axes.length > 0 && rank !== undefined;
    const isKept = known && axes.every((axis) => (axis + rank) % rank !== rank - 1);
    return { does: isKept ? 'pass' : no, inputs: one.inputs, rank: known ? rank - axes.length : undefined };
  }
  if (op === 'Reshape') {
    const shape = integers(graph, second);
    const length = shape?.at(-1) ?? -1;
    return { does: length > 0 ? 'pass' : no, inputs: one.inputs, length, rank: shape?.length };
  }
  return { does: no, inputs, rank: undefined };
}

/** Nodes in an order in which all that a node reads comes before it, loops apart. */
export function inOrder({ nodes, byName }: Graph): GraphNode[] {
  const done = new Set<string>();
  const entered = new Set<string>();
  const result: GraphNode[] = [];
  for (const root of nodes) {
    const open = [root];
    while (open.length > 0) {
      const node = open.at(-1)!;
      const before = entered.has(node.name)
        ? []
        : dataInputs(node).flatMap((input) => (entered.has(input) ? [] : (byName.get(input) ?? [])));
      entered.add(node.name);
      open.push(...before);
      if (before.length > 0) continue;
      open.pop();
      if (!done.has(node.name)) result.push(node);
      done.add(node.name);
    }
  }
  return result;
}

/** How many numbers the last axis of an input has, where it says so. */
function lastSize({ attr }: GraphNode): number | undefined {
  const { dim = [] } = (attr?.shape?.shape ?? {}) as { dim?: readonly { size?: string | number }[] };
  const size = Number(dim.at(-1)?.size ?? -1);
  return size > 0 ? size : undefined;
}

/** What a GraphModel computes: a site for each node that is no weight. Each node is taken to make one tensor. */
export function graphFlow(graph: Graph): Flow {
  const numbers = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const numbersIn = (names: readonly string[]) => names.flatMap((name) => numbers.get(name) ?? []);
  const ranks = new Map<string, number | undefined>();
  const sites: Site[] = [];
  for (const node of inOrder(graph)) {
    const { name, op } = node;
    if (op === 'Const' || op === 'NoOp' || op === 'Placeholder' || MEASURING.has(op)) continue;
    if (op === 'Identity' && weightAt(graph, name) !== undefined) continue;
    const found = linearNode(graph, node);
    const outputs = [numbers.get(name)!];
    if (found) {
      const { linear, fixed, data, rank } = found;
      ranks.set(name, rank);
      const does = activationPassage(linear.activation, 'it');
      sites.push({
        path: name,
        linear,
        does,
        fixed,
        inputs: numbersIn([data]),
        outputs,
        vectors: [],
        length: undefined,
      });
      continue;
    }
    const known = dataInputs(node).flatMap((input) => ranks.get(input) ?? []);
    const {
      does,
      inputs,
      vectors = [],
      length,
      rank,
    } = stepOf(graph, node, known.length > 0 ? Math.max(...known) : undefined);
    ranks.set(name, rank);
    const read = numbersIn(inputs.filter((input) => weightAt(graph, input) === undefined));
    sites.push({ path: name, linear: undefined, does, fixed: undefined, inputs: read, outputs, vectors, length });
  }
  const given = new Set(numbersIn([...graph.outputs]));
  const widths = new Map<number, number>();
  for (const node of graph.nodes) {
    const size = node.op === 'Placeholder' ? lastSize(node) : undefined;
    if (size !== undefined) widths.set(numbers.get(node.name)!, size);
  }
  return { sites, tensors: graph.nodes.length, given, widths };
}
