import type { LayerLike } from '@weightkit/core';
import type { LayerCall, LayerGraph, Use, Value } from '../model/layer-graph.ts';
import { activated, type Moments } from './activation-grid.ts';
import { averaged, combine, type Grid, joined, meanOf, sliced, uniform } from './grid.ts';
import { linearBackward, linearForward, withBias } from './linear-rule.ts';
import { isSized, poolBackward, poolForward, poolingOf } from './pooling-rule.ts';
import { preluMoments } from './prelu-rule.ts';
import { activationLayer, configOf, type Elementwise, isSoftmax, ownActivation } from './signal-activation.ts';
import type { Affine, WeightMoments, WeightSquares } from './signal-weights.ts';
import { IDENTITIES, structureOf } from './structure-rule.ts';

type Shape = readonly (number | null)[];

/** Everything that the prediction takes from weights and, with a batch, from measurement. */
export interface Knowledge {
  linear: ReadonlyMap<LayerLike, WeightSquares>;
  affine: ReadonlyMap<LayerLike, Affine>;
  embeddings: ReadonlyMap<LayerLike, WeightMoments>;
  /** Slopes below 0 of PReLU layers, where they are finite. */
  alphas: ReadonlyMap<LayerLike, Grid>;
  shapes: ReadonlyMap<Value, Shape>;
  /** Moments of real data where they were measured. */
  measured: ReadonlyMap<Value, Moments>;
  /** Mean squares of gradients where they were measured. */
  gradients: ReadonlyMap<Value, Grid>;
  /** Mean square that an input is taken to have where no data are given. */
  inputSquare: number;
}

/** What the theory says of one call of a linear layer. */
export interface Prediction {
  /** Before the activation. */
  variance: number | null;
  /** χ1: by how much the square of a small change grows from the last pre-activation to this one. */
  chi: number | null;
  /** Mean square of a projection's gradient, before the activation. */
  gradient: number | null;
}

/** A call without a rule, forward or backward. */
export interface Gap {
  call: LayerCall;
  reason: string;
}

/** The signal as it leaves a call. */
interface Field {
  moments: Moments | null;
  /** Square that a change of square 1 at the last pre-activations has here; null where there was none, or no rule since. */
  tangent: Grid | null;
  /** Whether changes here depend on each other from place to place. */
  mixed: boolean;
}

interface Back {
  square: Grid;
  /** Whether gradients here depend on each other from place to place. */
  mixed: boolean;
}

/** Numbers of a batch normalization's channels times places up to which each is looked at by itself. */
const MOST = 2 ** 16;

const mapped = (grid: Grid, f: (v: number) => number): Grid => ({ dims: grid.dims, values: grid.values.map(f) });
const times = (a: Grid, b: Grid): Grid => combine([a, b], (x, y) => x * y);
const finite = (grid: Grid): boolean => grid.values.every(Number.isFinite);

class Theory {
  readonly fields = new Map<Value, Field>();
  readonly slopes = new Map<LayerCall, Grid | null>();
  readonly predictions = new Map<LayerCall, Prediction>();
  readonly gaps = new Map<LayerCall, string>();

  constructor(readonly known: Knowledge) {}

  shapeOf(value: Value): Shape {
    return this.known.shapes.get(value) ?? value.shape;
  }

  input(value: Value): void {
    const rank = this.shapeOf(value).length;
    const { inputSquare, measured } = this.known;
    const moments = measured.get(value) ?? { mean: uniform(rank, 0), square: uniform(rank, inputSquare) };
    this.fields.set(value, { moments, tangent: null, mixed: false });
  }

  forward(call: LayerCall): void {
    const inputs = call.inputs.map(({ value }) => this.fields.get(value)!);
    const weights = this.known.linear.get(call.layer);
    const found = weights ? this.#linear(call, inputs[0]!, weights) : this.#other(call, inputs);
    const field = typeof found === 'string' ? this.#without(call, found) : found;
    for (const value of call.outputs) {
      const measured = this.known.measured.get(value);
      // Where the theory ends it goes on from what was measured.
      const moments = field.moments && finite(field.moments.square) ? field.moments : (measured ?? null);
      this.fields.set(value, { ...field, moments });
    }
  }

  #without(call: LayerCall, reason: string): Field {
    this.gaps.set(call, reason);
    return { moments: null, tangent: null, mixed: false };
  }

  #linear(call: LayerCall, x: Field, weights: WeightSquares): Field | string {
    const { layer, outputs, inputs } = call;
    const [from, to] = [this.shapeOf(inputs[0]!.value), this.shapeOf(outputs[0]!)];
    const activation = ownActivation(layer);
    // Softmax at an output is not part of the signal.
    const bare = activation.name === 'linear' || (outputs[0]!.isOutput && isSoftmax(activation));
    const own: Prediction = { variance: null, chi: null, gradient: null };
    this.predictions.set(call, own);
    this.slopes.set(call, bare ? uniform(to.length, 1) : null);
    if (weights.reason !== null) return weights.reason;
    if (x.tangent) own.chi = meanOf(linearForward(layer, weights, x.tangent, from, to));
    const after: Field = { moments: null, tangent: null, mixed: false };
    if (!x.moments) return bare ? { ...after, tangent: uniform(to.length, 1) } : after;
    const square = withBias(linearForward(layer, weights, x.moments.square, from, to), weights);
    const z: Moments = { mean: uniform(to.length, weights.bias.mean), square };
    own.variance = meanOf(square) - weights.bias.mean ** 2;
    if (bare && activation.name === 'linear') return { moments: z, tangent: uniform(to.length, 1), mixed: false };
    const y = activated(activation, z);
    if (bare) return { ...after, tangent: uniform(to.length, 1) };
    if (!y) return `its activation ${activation.name} has no rule`;
    this.slopes.set(call, y.slope);
    return { moments: y, tangent: y.slope, mixed: false };
  }

  #other(call: LayerCall, inputs: readonly Field[]): Field | string {
    const { layer } = call;
    const [x] = inputs as [Field];
    const embedding = this.known.embeddings.get(layer);
    if (embedding) return this.#embedding(call, embedding);
    const [from, to] = [this.shapeOf(call.inputs[0]!.value), this.shapeOf(call.outputs[0]!)];
    const structure = structureOf(layer, from, to);
    if (structure) {
      const moments = x.moments && {
        mean: structure.forward(x.moments.mean),
        square: structure.forward(x.moments.square),
      };
      const tangent = x.tangent && structure.forward(x.tangent);
      return { moments, tangent, mixed: x.mixed || structure.repeats };
    }
    const activation = activationLayer(layer);
    if (activation) return this.#activation(call, x, activation);
    const affine = this.known.affine.get(layer);
    if (affine) return this.#affine(call, x, affine);
    if (poolingOf(layer, from)) return this.#pooling(call, x, from);
    return this.#merge(call, inputs);
  }

  #embedding({ outputs }: LayerCall, { mean, square }: WeightMoments): Field {
    const rank = this.shapeOf(outputs[0]!).length;
    return { moments: { mean: uniform(rank, mean), square: uniform(rank, square) }, tangent: null, mixed: false };
  }

  #activation(call: LayerCall, x: Field, activation: Elementwise): Field | string {
    const rank = this.shapeOf(call.outputs[0]!).length;
    // Softmax at an output is not part of the signal.
    const bare = activation.name === 'linear' || (call.outputs[0]!.isOutput && isSoftmax(activation));
    this.slopes.set(call, bare ? uniform(rank, 1) : null);
    if (activation.name === 'linear') return x;
    const alpha = this.known.alphas.get(call.layer);
    if (activation.name === 'prelu' && !alpha) return 'its alpha is not finite';
    if (!activation.f && !alpha)
      return bare ? { ...x, moments: null } : `the activation ${activation.name} has no rule`;
    const y = x.moments && (alpha ? preluMoments(x.moments, alpha) : activated(activation, x.moments));
    if (!y) return { moments: null, tangent: null, mixed: false };
    this.slopes.set(call, y.slope);
    return { moments: y, tangent: x.tangent && times(x.tangent, y.slope), mixed: x.mixed };
  }

  /** The axis of a normalization, without the batch's, or null where it has several. */
  #axisOf({ layer, inputs }: LayerCall): number | null {
    const rank = this.shapeOf(inputs[0]!.value).length;
    const axes = [configOf(layer).axis ?? -1].flat().map(Number);
    return axes.length === 1 ? (axes[0]! < 0 ? rank + axes[0]! : axes[0]! - 1) : null;
  }

  #affine(call: LayerCall, x: Field, { factor, offset }: Affine): Field | string {
    const axis = this.#axisOf(call);
    const normalizes = call.layer.getClassName() === 'LayerNormalization';
    const rank = this.shapeOf(call.inputs[0]!.value).length;
    if (axis === null || axis < 0 || (normalizes && axis !== rank - 1)) return 'it normalizes more than its channels';
    if (!x.moments) {
      if (normalizes) return { moments: null, tangent: null, mixed: false };
      const square = factor.reduce((sum, a) => sum + a * a, 0) / factor.length;
      this.slopes.set(call, uniform(rank, square));
      return { moments: null, tangent: x.tangent && mapped(x.tangent, (t) => t * square), mixed: x.mixed };
    }
    return normalizes
      ? this.#layerNorm(call, x, x.moments, axis, { factor, offset })
      : this.#batchNorm(call, x, x.moments, axis, { factor, offset });
  }

  #batchNorm(call: LayerCall, x: Field, { mean, square }: Moments, axis: number, { factor, offset }: Affine): Field {
    const dims = mean.dims.map((_, i) => (i === axis ? factor.length : 1));
    const places = combine([mean, square], (m) => m).values.length;
    const each = places * factor.length <= MOST;
    const over = (f: (a: number, b: number) => number): Grid => {
      const grid = { dims, values: factor.map((a, i) => f(a, offset[i]!)) };
      return each ? grid : averaged(grid, axis);
    };
    const own = (grid: Grid): Grid => (each ? grid : averaged(grid, axis));
    const squares = over((a) => a * a);
    const moments = {
      mean: combine([own(mean), over((a) => a), over((_, b) => b)], (m, a, b) => a! * m! + b!),
      square: combine(
        [own(mean), own(square), squares, over((a, b) => 2 * a * b), over((_, b) => b * b)],
        (m, s, aa, ab, bb) => aa! * s! + ab! * m! + bb!,
      ),
    };
    this.slopes.set(call, squares);
    return { moments, tangent: x.tangent && times(own(x.tangent), squares), mixed: x.mixed };
  }

  #layerNorm(call: LayerCall, x: Field, { mean, square }: Moments, axis: number, affine: Affine): Field {
    const epsilon = Number(configOf(call.layer).epsilon);
    const n = affine.factor.length;
    const [centre, squares] = [averaged(mean, axis), averaged(square, axis)];
    const spread = combine([centre, squares], (m, s) => Math.max(0, s - m * m));
    const dims = centre.dims.map((_, i) => (i === axis ? n : 1));
    const factor = { dims, values: affine.factor };
    const offset = { dims, values: affine.offset };
    const shift = combine([mean, centre, spread], (m, c, v) => (m - c) / Math.sqrt(v + epsilon));
    const within = combine([mean, square, centre, spread], (m, s, c, v) => (s - 2 * m * c! + c! * c!) / (v! + epsilon));
    // A change along the mean or the value itself is lost: two directions of n.
    const slope = combine([spread, factor], (v, a) => (a * a * Math.max(0, 1 - 2 / n)) / (v + epsilon));
    this.slopes.set(call, slope);
    const moments = {
      mean: combine([shift, factor, offset], (m, a, b) => a * m + b),
      square: combine([shift, within, factor, offset], (m, s, a, b) => a! * a! * s + 2 * a! * b! * m + b! * b!),
    };
    return { moments, tangent: x.tangent && times(averaged(x.tangent, axis), slope), mixed: true };
  }

  #pooling(call: LayerCall, x: Field, from: Shape): Field {
    const pooling = poolingOf(call.layer, from)!;
    const reason = pooling.isMaximum
      ? 'the moments of the largest of dependent values are not known'
      : 'the moments of an average of dependent values are not known';
    this.gaps.set(call, reason);
    const known =
      x.tangent && !x.mixed && isSized(pooling) && (!pooling.isMaximum || this.#isStraight(call.inputs[0]!));
    return { moments: null, tangent: known ? poolForward(x.tangent!, pooling) : null, mixed: true };
  }

  /** Whether a value is straight in the last sums before it, so that its largest are not those where an activation is steep. */
  #isStraight({ value }: Use): boolean {
    const { call } = value;
    if (!call) return true;
    if (this.known.linear.has(call.layer)) return ownActivation(call.layer).name === 'linear';
    if (activationLayer(call.layer) && activationLayer(call.layer)!.name !== 'linear') return false;
    return call.inputs.every((use) => this.#isStraight(use));
  }

  #merge(call: LayerCall, inputs: readonly Field[]): Field | string {
    const className = call.layer.getClassName();
    const shapes = call.inputs.map(({ value }) => this.shapeOf(value));
    if (className === 'Concatenate') {
      const fields = inputs.map(({ moments }) => moments);
      const axis = this.#concatenated(call);
      const sizes = shapes.map((shape) => shape[axis] ?? 0);
      if (sizes.some((size) => size === 0)) return 'sizes along its axis are not known';
      const join = (grids: (Grid | null | undefined)[]): Grid | null =>
        grids.every((grid) => grid) ? joined(grids as Grid[], axis, sizes) : null;
      const [mean, square] = [join(fields.map((m) => m?.mean)), join(fields.map((m) => m?.square))];
      return {
        moments: mean && square && { mean, square },
        tangent: join(inputs.map(({ tangent }) => tangent)),
        mixed: inputs.some(({ mixed }) => mixed),
      };
    }
    if (className !== 'Add' && className !== 'Average') return `there is no rule for ${className}`;
    const terms = this.#terms(call);
    if (typeof terms === 'string') return terms;
    const rank = shapes[0]!.length;
    const share = className === 'Add' ? 1 : 1 / inputs.length;
    // Small changes are counted anew from here.
    const fresh: Field = { moments: null, tangent: uniform(rank, 1), mixed: false };
    if (inputs.some(({ moments }) => !moments)) return fresh;
    const grids = terms.map(({ value, count }) => ({ m: this.fields.get(value)!.moments!, k: count * share }));
    const mean = combine(
      grids.map(({ m, k }) => mapped(m.mean, (v) => k * v)),
      (...values) => values.reduce((a, b) => a + b, 0),
    );
    const variance = combine(
      grids.map(({ m, k }) => combine([m.mean, m.square], (a, s) => k * k * (s - a * a))),
      (...values) => values.reduce((a, b) => a + b, 0),
    );
    return { ...fresh, moments: { mean, square: combine([mean, variance], (m, v) => v + m * m) } };
  }

  #concatenated({ layer, inputs }: LayerCall): number {
    const axis = Number(configOf(layer).axis ?? -1);
    return axis < 0 ? this.shapeOf(inputs[0]!.value).length + axis : axis - 1;
  }

  /** The value that a layer like dropout hands on. */
  #origin(value: Value): Value {
    const { call } = value;
    if (!call) return value;
    const passes = IDENTITIES.has(call.layer.getClassName()) || activationLayer(call.layer)?.name === 'linear';
    return passes ? this.#origin(call.inputs[0]!.value) : value;
  }

  /** The inputs or sums that a value is made of without weights in between; a shared layer's sums count as one. */
  #roots(value: Value, into = new Set<object>()): Set<object> {
    const { call } = value;
    if (!call) into.add(value);
    else if (this.known.linear.has(call.layer) || this.known.embeddings.has(call.layer)) into.add(call.layer);
    else {
      into.add(value);
      if (
        activationLayer(call.layer) ||
        this.known.affine.has(call.layer) ||
        this.#moves(call) ||
        IDENTITIES.has(call.layer.getClassName())
      )
        for (const input of call.inputs) this.#roots(input.value, into);
    }
    return into;
  }

  #moves(call: LayerCall): boolean {
    return structureOf(call.layer, this.shapeOf(call.inputs[0]!.value), this.shapeOf(call.outputs[0]!)) !== null;
  }

  /** The terms of a sum, one that stands there twice counted twice; a text where they depend on each other in another way. */
  #terms(call: LayerCall): { value: Value; count: number }[] | string {
    const shapes = new Set(call.inputs.map(({ value }) => this.shapeOf(value).join()));
    if (shapes.size > 1) return 'its inputs have different shapes';
    const counts = new Map<Value, number>();
    for (const { value } of call.inputs) {
      const origin = this.#origin(value);
      counts.set(origin, (counts.get(origin) ?? 0) + 1);
    }
    const seen = new Set<object>();
    for (const value of counts.keys()) {
      const own = this.#roots(value);
      for (const root of own) if (seen.has(root)) return 'its inputs depend on each other';
      for (const root of own) seen.add(root);
    }
    return [...counts].map(([value, count]) => ({ value, count }));
  }

  /** What comes back to the inputs of a call; a text where there is no rule. */
  backward(call: LayerCall, { square, mixed }: Back): (Back | null)[] | string {
    const { layer, inputs } = call;
    const [from, to] = [this.shapeOf(inputs[0]!.value), this.shapeOf(call.outputs[0]!)];
    const one = (grid: Grid | null, own = mixed): (Back | null)[] =>
      inputs.map((_, i) => (i === 0 && grid ? { square: grid, mixed: own } : null));
    const weights = this.known.linear.get(layer);
    const slope = this.slopes.get(call);
    if (weights) {
      if (!slope) return inputs.map(() => null);
      const z = times(square, slope);
      this.predictions.get(call)!.gradient = meanOf(z);
      if (weights.reason !== null) return weights.reason;
      return one(linearBackward(layer, weights, z, from, to));
    }
    if (this.known.embeddings.has(layer)) return inputs.map(() => null);
    const structure = structureOf(layer, from, to);
    if (structure) {
      if (structure.repeats && mixed) return 'gradients that depend on each other add up';
      return one(structure.backward(square));
    }
    if (activationLayer(layer) || this.known.affine.has(layer)) return one(slope ? times(square, slope) : null);
    const pooling = poolingOf(layer, from);
    if (pooling) {
      if (!isSized(pooling)) return 'its size is not known';
      if (pooling.overlaps && mixed) return 'gradients that depend on each other add up';
      if (pooling.isMaximum && !this.#isStraight(inputs[0]!))
        return 'which of its inputs is the largest goes with the slope of their activation';
      return one(poolBackward(square, pooling), mixed || !pooling.isMaximum);
    }
    return this.#mergeBack(call, { square, mixed });
  }

  #mergeBack(call: LayerCall, { square, mixed }: Back): (Back | null)[] | string {
    const className = call.layer.getClassName();
    const { inputs } = call;
    if (className === 'Concatenate') {
      const axis = this.#concatenated(call);
      let begin = 0;
      return inputs.map(({ value }) => {
        const size = this.shapeOf(value)[axis] ?? 0;
        begin += size;
        return { square: sliced(square, axis, begin - size, size), mixed };
      });
    }
    if (className !== 'Add' && className !== 'Average') return `there is no rule for ${className}`;
    const terms = this.#terms(call);
    if (typeof terms === 'string') return terms;
    const share = className === 'Add' ? 1 : 1 / inputs.length;
    return inputs.map(({ value }) => {
      // A term that stands there k times gets k equal gradients, whose sum has k² the square: k for each.
      const { count } = terms.find((term) => term.value === this.#origin(value))!;
      return { square: mapped(square, (v) => v * share * share * count), mixed };
    });
  }
}

function backwards(graph: LayerGraph, theory: Theory): void {
  const { known } = theory;
  const gradients = new Map<Value, Back | null>();
  for (const value of graph.outputs)
    gradients.set(value, { square: uniform(theory.shapeOf(value).length, 1), mixed: false });
  const add = (value: Value, back: Back | null): void => {
    const before = gradients.get(value);
    if (before === null) return;
    const sum = before && back && combine([before.square, back.square], (a, b) => a + b);
    gradients.set(value, before && back ? { square: sum!, mixed: before.mixed || back.mixed } : back);
  };
  for (const call of [...graph.calls].reverse()) {
    const [first, ...others] = call.outputs.map((value) => {
      const own = gradients.get(value);
      // Where the theory ends it goes on from what was measured.
      const measured = known.gradients.get(value);
      return own === null && measured ? { square: measured, mixed: true } : own;
    });
    if (others.some((other) => other !== undefined) && !theory.gaps.has(call))
      theory.gaps.set(call, 'it has several outputs');
    if (first === undefined && others.every((other) => other === undefined)) continue;
    const back = first ? theory.backward(call, first) : null;
    if (typeof back === 'string') theory.gaps.set(call, theory.gaps.get(call) ?? back);
    for (const [i, { value }] of call.inputs.entries())
      add(value, back === null || typeof back === 'string' ? null : (back[i] ?? null));
  }
}

/**
 * Mean-field theory of a network at its start (Poole et al. 2016, https://arxiv.org/abs/1606.05340; Schoenholz et al. 2017,
 * https://arxiv.org/abs/1611.01232), place by place: forward E z² = E w² Σ E x² + E b² over what a window takes, and x = f(z)
 * for normal z; backward E δ_x² = E w² Σ E f'(z)² E δ_y² over the windows that take an input.
 */
export function predict(graph: LayerGraph, known: Knowledge): { predictions: Map<LayerCall, Prediction>; gaps: Gap[] } {
  const theory = new Theory(known);
  for (const value of graph.inputs) theory.input(value);
  for (const call of graph.calls) theory.forward(call);
  backwards(graph, theory);
  return {
    predictions: theory.predictions,
    gaps: graph.calls.flatMap((call) => {
      const reason = theory.gaps.get(call);
      return reason === undefined ? [] : [{ call, reason }];
    }),
  };
}
