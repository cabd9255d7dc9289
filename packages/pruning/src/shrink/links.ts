import { Atoms } from './atoms.ts';
import { type Call, type Flow, type GraphLayer, type Shape, varying } from './flow.ts';
import type { Mix } from './mix.ts';

/** A weight, of a model or of a file, and the layer's property that it is. */
export interface PlacedWeight {
  path: string;
  shape: readonly number[];
  dtype: string;
  layer: unknown;
  property: string | null;
}

/** A weight with its values. */
export interface Loaded {
  weight: PlacedWeight;
  values: Float32Array;
}

/** Which unit each index of an axis of a weight belongs to. */
export interface Slot {
  weight: PlacedWeight;
  axis: number;
  atoms: Int32Array;
}

/** A number in a layer's configuration that counts units. */
export interface Size {
  layer: GraphLayer;
  keys: readonly (string | number)[];
  atoms: Int32Array;
}

/** A layer that mixes the units that it is given. */
export interface Read {
  path: string;
  atoms: Int32Array;
  /** The units' constants; NaN where calls of the layer differ. */
  values: Float64Array;
  mix: Mix;
  /** The unit that each output of the mix belongs to. */
  outputs: Int32Array;
  /** The bias that can take a constant, or why none can. */
  bias: Loaded | string;
}

/** Units that a layer makes. */
export interface Units {
  path: string;
  className: string;
  atoms: Int32Array;
}

/** What rules note about a graph: which units go together, where they lie in weights and configurations, and who reads them. */
export class Links {
  readonly atoms = new Atoms();
  readonly slots = new Map<string, Slot>();
  readonly sizes = new Map<string, Size>();
  readonly reads = new Map<string, Read>();
  readonly units = new Map<string, Units>();
  /** Units that are constant somewhere. */
  readonly constant = new Set<number>();
  /** How many rows the tables have that inputs of the model are numbers of. */
  readonly rows = new Map<number, number>();
  readonly #weights = new Map<unknown, Map<string, Loaded>>();
  readonly #ids = new Map<GraphLayer, number>();

  constructor(weights: readonly Loaded[]) {
    for (const one of weights) {
      const { layer, property } = one.weight;
      if (layer === null || property === null) continue;
      const own = this.#weights.get(layer) ?? new Map<string, Loaded>();
      this.#weights.set(layer, own.set(property, one));
    }
  }

  #id(layer: GraphLayer): number {
    const id = this.#ids.get(layer) ?? this.#ids.size;
    this.#ids.set(layer, id);
    return id;
  }

  /** A weight of a layer by its property; undefined where the layer has none there. */
  weight(layer: GraphLayer, property: string): Loaded | undefined {
    return this.#weights.get(layer)?.get(property);
  }

  /** Says whose units the indices of an axis of a weight are. A layer that is called again joins them. */
  slot(loaded: Loaded | undefined, axis: number, atoms: Int32Array): void {
    if (loaded === undefined) return;
    const key = `${loaded.weight.path}\n${axis}`;
    const known = this.slots.get(key);
    if (known) this.atoms.join(known.atoms, atoms);
    else this.slots.set(key, { weight: loaded.weight, axis, atoms });
  }

  /** Says what number of the configuration of a call's layer counts units. */
  size({ host, within }: Pick<Call, 'host' | 'within'>, keys: readonly (string | number)[], atoms: Int32Array): void {
    const all = [...within, ...keys];
    const key = JSON.stringify([this.#id(host), ...all]);
    const known = this.sizes.get(key);
    if (known) this.atoms.join(known.atoms, atoms);
    else this.sizes.set(key, { layer: host, keys: all, atoms });
  }

  /** The units that a layer makes: new at its first call, the same at every other. */
  made({ path, layer }: Pick<Call, 'path' | 'layer'>, count: number, values: Float64Array): Int32Array {
    const known = this.units.get(path);
    const atoms = known?.atoms ?? this.atoms.fresh(count);
    if (!known) this.units.set(path, { path, className: layer.getClassName(), atoms });
    this.channels(atoms, values);
    return atoms;
  }

  /** Notes units that are constant once a layer with weights of its own for each has seen them. */
  channels(atoms: Int32Array, values: Float64Array): void {
    for (const [i, atom] of atoms.entries()) if (!Number.isNaN(values[i])) this.constant.add(atom);
  }

  /** Notes who reads units. */
  read(name: string, read: Read): void {
    const key = `${read.path}\n${name}`;
    const known = this.reads.get(key);
    if (!known) {
      this.reads.set(key, { ...read, values: read.values.slice() });
      return;
    }
    this.atoms.join(known.atoms, read.atoms);
    for (const [i, value] of read.values.entries()) if (known.values[i] !== value) known.values[i] = Number.NaN;
    if (typeof read.bias === 'string') known.bias = read.bias;
  }

  /** Units that stay, and of which nothing is known. */
  opaque(shape: Shape, axis: number, reason: string): Flow {
    const count = shape[axis] ?? 0;
    const atoms = this.atoms.fresh(count);
    this.atoms.pin(atoms, reason);
    return { axis, atoms, values: varying(count) };
  }

  /** A flow whose units lie along an axis; where they lie along another, they stay. */
  along({ path }: Call, flow: Flow, shape: Shape, axis: number): Flow {
    if (flow.axis === axis) return flow;
    const reason = `${path} reads another axis than that of the units`;
    this.atoms.pin(flow.atoms, reason);
    return this.opaque(shape, axis, reason);
  }

  /** A layer that no unit goes through: what it is given and what it gives stays. */
  barrier({ inputs, outputShapes }: Call, reason: string): Flow[] {
    for (const { atoms } of inputs) this.atoms.pin(atoms, reason);
    return outputShapes.map((shape) => this.opaque(shape, shape.length - 1, reason));
  }
}

/** What a class of layers does with units: notes it, and gives what flows on. */
export type Rule = (call: Call, links: Links) => Flow[];
