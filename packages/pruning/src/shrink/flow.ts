/** A shape; null where it is not known. */
export type Shape = readonly (number | null)[];

/** What flows along one edge of a graph: a tensor, and the units that lie along one of its axes. */
export interface Flow {
  /** The axis along which the units lie. */
  axis: number;
  /** The unit at each index of the axis. */
  atoms: Int32Array;
  /** What the unit is at every position and for every input, or NaN where it varies. */
  values: Float64Array;
  /** Which input of the model this is, where it is one. */
  source?: number;
}

/** A layer of a model as tfjs has it, or as a file describes it, with what rules read of it. */
export interface GraphLayer {
  name: string;
  getClassName(): string;
  layers?: GraphLayer[];
  inboundNodes: GraphNode[];
  // biome-ignore lint/suspicious/noExplicitAny: what each class of layers has
  [property: string]: any;
}

/** A place between layers. */
export interface SymbolicTensor {
  sourceLayer: GraphLayer;
  nodeIndex: number;
  tensorIndex: number;
  shape: Shape;
}

/** A call of a layer in a graph. */
export interface GraphNode {
  inputTensors: SymbolicTensor[];
  outputTensors: SymbolicTensor[];
  inputShapes: Shape[];
  outputShapes: Shape[];
  /** Why nothing is known of the call, behind its path, where a file does not say what shapes it is given. */
  unknown?: string;
}

/** A call of a layer, for its rule. */
export interface Call {
  /** Where the layer stands. */
  path: string;
  layer: GraphLayer;
  /** The layer whose configuration has this one's: itself, or the wrapper around it. */
  host: GraphLayer;
  /** Where in the host's configuration this layer's is. */
  within: readonly string[];
  inputs: readonly Flow[];
  inputShapes: readonly Shape[];
  outputShapes: readonly Shape[];
}

/** Values of which nothing is known. */
export const varying = (count: number): Float64Array => new Float64Array(count).fill(Number.NaN);
