import * as tf from '@tensorflow/tfjs';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isParametrized,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  saveFolded,
  type Transform,
  type Weight,
  weightsOf,
} from '../../src/index.ts';
import { fill, inputFor, numbers, ZOO } from '../models.ts';

const bits = async (model: tf.LayersModel, x: tf.Tensor) => valuesOf(model.predict(x) as tf.Tensor);
const weight = (model: tf.LayersModel, path: string): Weight => weightsOf(model, path)[0]!;
const rawOf = (w: Weight) => w.variable!;

const normOf = (v: tf.Tensor) => tf.sqrt(tf.sum(tf.square(v), range(v.rank - 1), true));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** w = g v / |v|, the norm over all axes but the last. */
const weightNorm: Transform = {
  forward: (v, { g }) => tf.mul(tf.div(v, normOf(v)), g!),
  variables: { g: normOf },
};

const checkered = (t: tf.Tensor) => tf.reshape(tf.tensor1d(range(t.size).map((i) => (i % 3 === 1 ? 0 : 1))), t.shape);
const masked: Transform = { forward: (w) => tf.mul(w, checkered(w)) };

/** Rounds to eighths; the gradient passes through unchanged. */
const straightThrough = tf.customGrad((x) => ({
  value: tf.div(tf.round(tf.mul(x as tf.Tensor, 8)), 8),
  gradFunc: (dy: tf.Tensor) => dy,
}));
const quantized: Transform = { forward: (w) => straightThrough(w) };

/** The model's loss, its gradients by variable, and the gradient of the loss by the effective weight. */
function gradients(model: tf.LayersModel, x: tf.Tensor, variables: tf.Variable[]) {
  const loss = () => tf.mean(tf.square(tf.sub(model.apply(x, { training: false }) as tf.Tensor, 0.3))) as tf.Scalar;
  const { value, grads } = tf.variableGrads(loss, variables);
  value.dispose();
  return variables.map(({ name }) => grads[name]!);
}

const NO_GRADIENT = 'wasm has no kernel for this gradient';

describe('parametrize', () => {
  for (const entry of ZOO) {
    const { name, make, path } = entry;
    const trains = entry.needs === undefined || hasKernel(entry.needs);

    it(`parametrize(${name}): weight norm changes predictions by rounding only, and its forward runs once per call`, async () => {
      const model = make();
      fill(model);
      const x = inputFor(entry);
      const before = await bits(model, x);
      let calls = 0;
      const p = parametrize(weight(model, path), {
        ...weightNorm,
        forward: (v, extras) => {
          calls++;
          return weightNorm.forward(v, extras);
        },
      });
      calls = 0;
      const after = await bits(model, x);
      expect(calls).toBe(1);
      // Weights below 0.5 move by at most 3 float32 roundings (1e-7); the largest sum here has 16 terms of inputs below 1.
      expect(maxAbsDifference(after, before)).toBeLessThan(5e-6);
      expect(p.needsRecompile).toBe(true);
      model.dispose();
      x.dispose();
    });

    it(`parametrize(${name}): gradients of weight norm equal the closed form`, async ({ skip }) => {
      skip(!trains, NO_GRADIENT);
      const model = make();
      fill(model);
      const x = inputFor(entry);
      const v = rawOf(weight(model, path));
      const [plain] = gradients(model, x, [v]);
      const p = parametrize(weight(model, path), weightNorm);
      const [dv, dg] = gradients(model, x, [v, p.variables.g!]);
      // With w = g v / |v| and dw the plain gradient: dg = <dw, v> / |v|, dv = g / |v| (dw - dg v / |v|).
      const [wantV, wantG] = tf.tidy(() => {
        const norm = normOf(v);
        const g = tf.div(tf.sum(tf.mul(plain!, v), range(v.rank - 1), true), norm);
        return [tf.mul(tf.div(p.variables.g!, norm), tf.sub(plain!, tf.mul(g, tf.div(v, norm)))), g];
      }) as [tf.Tensor, tf.Tensor];
      // Gradients are below 1 and sums of at most 50 products: 50 * 6e-8 = 3e-6 of absolute rounding.
      expect(maxAbsDifference(await valuesOf(dv!), await valuesOf(wantV))).toBeLessThan(3e-6);
      expect(maxAbsDifference(await valuesOf(dg!), await valuesOf(wantG))).toBeLessThan(3e-6);
      tf.dispose([plain!, x]);
      model.dispose();
    });

    it(`parametrize(${name}): gradients of a mask and of a quantizer equal the closed form`, async ({ skip }) => {
      skip(!trains, NO_GRADIENT);
      for (const [transform, chain] of [
        [masked, (dw: tf.Tensor) => tf.mul(dw, checkered(dw))],
        [quantized, (dw: tf.Tensor) => tf.clone(dw)],
      ] as const) {
        const model = make();
        fill(model);
        const x = inputFor(entry);
        const w = weight(model, path);
        // The reference has the transformed weight as its plain weight.
        const original = await valuesOf(w.read());
        const p = parametrize(w, transform);
        const effective = p.value();
        const [got] = gradients(model, x, [p.raw]);
        p.restore();
        w.write(effective);
        const [dw] = gradients(model, x, [rawOf(w)]);
        // The same kernels on the same numbers; the mask multiplies by 0 or 1.
        expect(maxAbsDifference(await valuesOf(got!), await valuesOf(chain(dw!)))).toBe(0);
        expect(original.length).toBe(effective.size);
        tf.dispose([effective, dw!, x]);
        model.dispose();
      }
    });

    it(`parametrize(${name}): masks need no recompile, train through fit and fold without leak`, async ({ skip }) => {
      skip(!trains, NO_GRADIENT);
      const model = make();
      fill(model);
      const x = inputFor(entry);
      const y = tf.zerosLike(model.predict(x) as tf.Tensor);
      model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
      await model.fit(x, y, { epochs: 2, verbose: 0 });
      const moments = await Promise.all((await model.optimizer.getWeights()).map(({ tensor }) => tensor.data()));
      const p = parametrize(weight(model, path), masked);
      expect(p.needsRecompile).toBe(false);
      const kept = await Promise.all((await model.optimizer.getWeights()).map(({ tensor }) => tensor.data()));
      expect(kept).toEqual(moments);
      const raw = await p.raw.data();
      await model.fit(x, y, { epochs: 2, verbose: 0 });
      expect(maxAbsDifference(await p.raw.data(), raw)).toBeGreaterThan(0);
      const value = await valuesOf(p.value());
      expect([...value].filter((_, i) => i % 3 === 1).every((v) => v === 0)).toBe(true);
      const before = await bits(model, x);
      p.fold();
      expect(await bits(model, x)).toEqual(before);
      expect(await valuesOf(weight(model, path).read())).toEqual(value);
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      tf.dispose([x, y]);
      model.dispose();
    });

    it(`parametrize(${name}): folds on save to files that stock TensorFlow.js loads, bit for bit`, async () => {
      const model = make();
      fill(model);
      const x = inputFor(entry);
      parametrize(weight(model, path), weightNorm);
      parametrize(weight(model, path), quantized);
      const want = await bits(model, x);
      const again = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
      expect(await bits(again, x)).toEqual(want);
      expect(await bits(model, x)).toEqual(want);
      again.dispose();
      model.dispose();
      x.dispose();
    });

    it(`parametrize(${name}): leaves no tensor or variable behind in predict, apply, value, fold and restore`, async () => {
      const model = make();
      fill(model);
      const x = inputFor(entry);
      const w = weight(model, path);
      const leak = await leakOf(async () => {
        for (const transform of [weightNorm, masked, quantized, { ...masked, rightInverse: (t: tf.Tensor) => t }]) {
          const a = parametrize(w, transform);
          const b = parametrize(w, quantized);
          await bits(model, x);
          (model.apply(x) as tf.Tensor).dispose();
          (model.layers[0]!.call(x, {}) as tf.Tensor).dispose();
          a.value().dispose();
          b.restore();
          a.fold();
        }
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      x.dispose();
      model.dispose();
    });
  }

  it('parametrize(layer, property) finds the one weight of that name below a wrapper and names what there is otherwise', () => {
    const rnn = tf.layers.lstm({ units: 2, inputShape: [3, 2], name: 'rnn' });
    const model = tf.sequential({ layers: [rnn] });
    const p = parametrize(rnn, 'recurrentKernel', masked);
    expect(p.path).toBe('rnn/cell/recurrentKernel');
    expect(p.property).toBe('recurrentKernel');
    p.restore();
    expect(() => parametrize(rnn, 'gamma', masked)).toThrow(
      'parametrize: property must name one weight of rnn (there are rnn/cell/kernel, rnn/cell/recurrentKernel, rnn/cell/bias), got "gamma"',
    );
    const both = tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2 }) as tf.RNN, mergeMode: 'sum' });
    tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 2] }), both] });
    expect(() => parametrize(both, 'kernel', masked)).toThrow(RangeError);
    model.dispose();
  });

  it('parametrize(Bidirectional LSTM) evaluates kernel and recurrent kernel of both directions once per call', async () => {
    const { make, input } = ZOO.find(({ name }) => name === 'LSTM in Bidirectional')!;
    const model = make();
    const counts = new Map<string, number>();
    for (const w of weightsOf(model, 'l/*/cell/*'))
      parametrize(w, {
        forward: (t) => {
          counts.set(w.path, (counts.get(w.path) ?? 0) + 1);
          return t;
        },
      });
    counts.clear();
    const x = numbers(input, 1);
    await bits(model, x);
    expect([...counts.values()]).toEqual([1, 1, 1, 1, 1, 1]);
    x.dispose();
    model.dispose();
  });

  it('parametrize(weight) in TimeDistributed evaluates once, not once per time step', async () => {
    const model = tf.sequential({
      layers: [tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }), inputShape: [6, 3], name: 'td' })],
    });
    let calls = 0;
    parametrize(weight(model, 'td/layer/kernel'), {
      forward: (w) => {
        calls++;
        return tf.neg(w);
      },
    });
    calls = 0;
    const x = numbers([2, 6, 3], 1);
    await bits(model, x);
    expect(calls).toBe(1);
    x.dispose();
    model.dispose();
  });

  it('parametrize(stateful RNN with masking, sequences and states) changes nothing but the weight', async ({
    skip,
  }) => {
    // With or without us: the shader of its Transpose of int32 and bool does not compile.
    skip(tf.getBackend() === 'webgpu', 'stock webgpu gives NaN with a mask');
    const input = tf.input({ batchShape: [2, 3, 2] });
    const maskedInput = tf.layers.masking({ maskValue: 0 }).apply(input) as tf.SymbolicTensor;
    const rnn = tf.layers.gru({ units: 2, stateful: true, returnSequences: true, returnState: true, name: 'rnn' });
    const model = tf.model({ inputs: input, outputs: rnn.apply(maskedInput) as tf.SymbolicTensor[] });
    fill(model);
    const x = tf.tensor3d([1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 7, 8], [2, 3, 2]);
    const run = async () => {
      rnn.resetStates();
      const all: Float32Array[] = [];
      for (let i = 0; i < 2; i++) for (const t of model.predict(x) as tf.Tensor[]) all.push(await valuesOf(t));
      return all;
    };
    const plain = await run();
    const p = parametrize(rnn, 'recurrentKernel', { forward: (w) => tf.neg(tf.neg(w)) });
    expect(await run()).toEqual(plain);
    const { tensors } = await leakOf(run);
    expect(tensors).toBe(0);
    p.restore();
    expect(await run()).toEqual(plain);
    x.dispose();
  });

  it('parametrize(layer) keeps a call that the user put on the layer, and a custom layer without tidy leaks nothing', async () => {
    class Bare extends tf.layers.Layer {
      static className = 'WeightkitTestBare';
      kernel!: tf.LayerVariable;
      override build(): void {
        this.kernel = this.addWeight('kernel', [2, 2], 'float32', tf.initializers.identity({}));
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[], _kwargs: object): tf.Tensor {
        return tf.matMul(Array.isArray(inputs) ? inputs[0]! : inputs, this.kernel.read() as tf.Tensor2D);
      }
    }
    const layer = new Bare({ inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    const own = (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => Bare.prototype.call.call(layer, inputs, kwargs);
    layer.call = own;
    const p = parametrize(layer, 'kernel', { forward: (w) => tf.mul(tf.add(w, 1), 2) });
    const x = tf.ones([1, 2]);
    expect([...(await valuesOf(layer.call(x, {})))]).toEqual([6, 6]);
    expect((await leakOf(() => layer.call(x, {}).dispose())).tensors).toBe(0);
    p.restore();
    expect(layer.call).toBe(own);
    x.dispose();
    model.dispose();
  });

  it('parametrize twice stacks, newest last, and any order of removal leaves the same weight', async () => {
    const double: Transform = { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.div(w, 2) };
    const plusOne: Transform = { forward: (w) => tf.add(w, 1), rightInverse: (w) => tf.sub(w, 1) };
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd' })] });
    const w = weight(model, 'd/kernel');
    w.write(tf.tensor2d([[4]]));
    const a = parametrize(w, double);
    const b = parametrize(w, plusOne);
    expect([...(await valuesOf(w.read()))]).toEqual([4]);
    expect([...(await valuesOf(tf.clone(a.raw)))]).toEqual([1.5]);
    expect(parametrizationsOf(model)).toEqual([a, b]);
    expect([a.installed, b.installed]).toEqual([true, true]);
    a.fold();
    expect([...(await valuesOf(w.read()))]).toEqual([4]);
    expect([...(await valuesOf(tf.clone(b.raw)))]).toEqual([3]);
    expect([a.installed, b.installed]).toEqual([false, true]);
    b.restore();
    expect([...(await valuesOf(w.read()))]).toEqual([3]);
    expect(isParametrized(model)).toBe(false);
    for (const method of ['fold', 'restore', 'value'] as const)
      expect(() => a[method]()).toThrow(
        `${method}: parametrization must be in place, got one already removed from d/kernel`,
      );
    model.dispose();
  });

  it('random stacks removed in random order leave the effective weight exact and the model plain', async () => {
    // Powers of two and small integers: every step is exact in float32.
    const transforms: Transform[] = [
      { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.mul(w, 0.5) },
      { forward: (w) => tf.mul(w, 0.25), rightInverse: (w) => tf.mul(w, 4) },
      { forward: (w) => tf.add(w, 1), rightInverse: (w) => tf.sub(w, 1) },
      {
        forward: (w, { s }) => tf.mul(w, s!),
        rightInverse: (w) => tf.mul(w, 0.5),
        variables: { s: () => tf.scalar(2) },
      },
      { forward: (w) => w, rightInverse: (w) => w },
    ];
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    const layer = model.layers[0] as unknown as { kernel: unknown; call: unknown };
    const w = weight(model, 'd/kernel');
    const start = tf.tensor2d([1, -2, 3, 8], [2, 2]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(transforms.length - 1), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat(1000)),
        async (picks, order) => {
          w.write(start);
          const before = { tensors: tf.memory().numTensors, kernel: layer.kernel };
          const handles: Parametrization[] = picks.map((i) => parametrize(w, transforms[i]!));
          while (handles.length > 0) {
            const [handle] = handles.splice(order.next().value % handles.length, 1);
            handle!.fold();
            expect([...(await valuesOf(w.read()))]).toEqual([1, -2, 3, 8]);
          }
          expect({ tensors: tf.memory().numTensors, kernel: layer.kernel }).toEqual(before);
          expect(Object.hasOwn(layer, 'call')).toBe(false);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
    start.dispose();
    model.dispose();
  });

  it('weightsOf(parametrized).write goes through the right inverses and is refused without one, nothing changed', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    fill(model);
    const w = weight(model, 'd/kernel');
    const p = parametrize(w, { ...weightNorm, rightInverse: (v) => v });
    const value = tf.tensor2d([3, 0, 4, 2], [2, 2]);
    w.write(value);
    // Columns (3, 4) and (0, 2): norms 5 and 2, exact in float32; 3 / 5 * 5 rounds to 3 within 2 ulp.
    expect([...(await p.variables.g!.data())]).toEqual([5, 2]);
    expect(maxAbsDifference(await valuesOf(w.read()), await value.data())).toBeLessThan(1e-6);
    p.restore();
    parametrize(w, masked);
    const raw = await rawOf(w).data();
    expect(() => w.write(value)).toThrow(
      'write: every parametrization below must have a rightInverse, got one without at d/kernel',
    );
    expect(await rawOf(w).data()).toEqual(raw);
    value.dispose();
    model.dispose();
  });

  it('write keeps all variables as they were when a right inverse throws or returns another shape', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    fill(model);
    const w = weight(model, 'd/kernel');
    let bad: (v: tf.Tensor) => tf.Tensor = (v) => v;
    const p = parametrize(w, { ...weightNorm, rightInverse: (v) => bad(v) });
    const state = async () => [await valuesOf(tf.clone(p.raw)), await valuesOf(tf.clone(p.variables.g!))];
    const before = await state();
    const ones = tf.ones([2, 2]);
    bad = () => {
      throw new Error('no');
    };
    expect(() => w.write(ones)).toThrow('no');
    bad = (v) => tf.reshape(v, [4]);
    expect(() => w.write(ones)).toThrow('write: d/kernel must get float32 of shape [2,2], got "float32 [4]"');
    expect(await state()).toEqual(before);
    ones.dispose();
    model.dispose();
  });

  it('write(own variable) and a right inverse that returns the variable keep the value', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    fill(model);
    const w = weight(model, 'd/kernel');
    const before = await valuesOf(w.read());
    w.write(rawOf(w));
    expect(await valuesOf(w.read())).toEqual(before);
    parametrize(w, { forward: (v) => v, rightInverse: () => rawOf(w) });
    w.write(rawOf(w));
    expect(await valuesOf(w.read())).toEqual(before);
    model.dispose();
  });

  it('parametrize refuses what cannot work and leaves everything as it was', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    fill(model);
    const layer = model.layers[0]! as tf.layers.Layer & { kernel: unknown; _trainableWeights: unknown[] };
    const w = weight(model, 'd/kernel');
    const before = {
      kernel: layer.kernel,
      list: [...layer._trainableWeights],
      tensors: tf.memory().numTensors,
      value: await valuesOf(w.read()),
      variables: Object.keys(tf.engine().state.registeredVariables).length,
    };
    const fails = (target: Weight | LayerLike, ...rest: unknown[]) =>
      expect(() => parametrize(target as Weight, ...(rest as [Transform])));
    const boom = () => {
      throw new Error('boom');
    };
    fails(w, { forward: boom }).toThrow('boom');
    fails(w, { forward: (v: tf.Tensor) => tf.reshape(v, [4]) }).toThrow(
      'parametrize: forward of d/kernel must return float32 [2,2], got "float32 [4]"',
    );
    fails(w, { forward: (v: tf.Tensor) => tf.cast(v, 'int32') }).toThrow('got "int32 [2,2]"');
    fails(w, { forward: () => 1 }).toThrow('parametrize: forward of d/kernel must return a tensor, got 1');
    fails(w, { forward: (v: tf.Tensor) => v, rightInverse: (v: tf.Tensor) => tf.sum(v) }).toThrow(RangeError);
    fails(w, { forward: (v: tf.Tensor) => v, variables: { a: normOf, b: boom } }).toThrow('boom');
    fails(w, { forward: (v: tf.Tensor) => v, variables: { a: normOf, b: () => 3 } }).toThrow(
      'parametrize: variable b of d/kernel must be a tensor, got 3',
    );
    fails(w, { forward: (v: tf.Tensor) => v, variables: { 'a b': normOf } }).toThrow(
      'parametrize: names of variables must be of letters, digits, _, - and ., got "a b"',
    );
    fails(w, { forward: (v: tf.Tensor) => v, variables: { a: 1 } }).toThrow(TypeError);
    fails(w, { forward: (v: tf.Tensor) => v, variables: 3 }).toThrow(TypeError);
    fails(w, { forward: (v: tf.Tensor) => v, rightInverse: 3 }).toThrow(TypeError);
    fails(w, { forward: 3 }).toThrow('parametrize: forward must be a function, got 3');
    fails(w, undefined).toThrow(TypeError);
    fails(w, { forward: (x: tf.Tensor) => x, moments: { split: boom } }).toThrow(
      'parametrize: moments must have a split and a join function',
    );
    fails(w, { forward: boom, inverse: boom }).toThrow(
      'transform must be among forward, rightInverse, variables, kind, beside, moments, fn, got "inverse"',
    );
    fails(w, 'kernel', { forward: boom }).toThrow(
      'arguments must be (layer, property, transform) or (weight, transform)',
    );
    fails(layer, { forward: boom }).toThrow(TypeError);
    fails({} as Weight, masked).toThrow('parametrize: weight must be held by a property of a layer');
    const free = weightsOf([tf.variable(tf.ones([1]))])[0]!;
    fails(free, masked).toThrow(TypeError);
    free.variable!.dispose();
    const after = {
      kernel: layer.kernel,
      list: [...layer._trainableWeights],
      tensors: tf.memory().numTensors - 1,
      value: await valuesOf(w.read()),
      variables: Object.keys(tf.engine().state.registeredVariables).length,
    };
    // One tensor more: the ones([1]) that the free variable was made from.
    expect(after).toEqual(before);
    expect(Object.hasOwn(layer, 'call')).toBe(false);
    model.dispose();
  });

  it('parametrize refuses a right inverse that moves the weight on top of a transform without one, nothing changed', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    fill(model);
    const w = weight(model, 'd/kernel');
    const below = parametrize(w, masked);
    const before = await valuesOf(w.read());
    expect(() => parametrize(w, { ...masked, rightInverse: (v) => tf.clone(v) })).toThrow(
      'parametrize: every parametrization below must have a rightInverse',
    );
    const above = parametrize(w, quantized);
    expect(() => above.fold()).toThrow('fold: every parametrization below must have a rightInverse');
    expect(above.installed).toBe(true);
    above.restore();
    expect(parametrizationsOf(model)).toEqual([below]);
    expect(await valuesOf(w.read())).toEqual(before);
    model.dispose();
  });

  it('extra variables are trained after a compile, hidden from weightsOf and gone after fold, so that stock files load', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
    fill(model);
    const paths = weightsOf(model).map(({ path }) => path);
    const p = parametrize(weight(model, 'd/kernel'), weightNorm);
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const x = numbers([4, 3], 1);
    const y = tf.ones([4, 2]);
    const g = await p.variables.g!.data();
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(maxAbsDifference(await p.variables.g!.data(), g)).toBeGreaterThan(1e-3);
    expect(weightsOf(model).map(({ path }) => path)).toEqual(paths);
    expect(model.countParams()).toBe(3 * 2 + 2 + 2);
    const want = await bits(model, x);
    p.fold();
    expect(model.countParams()).toBe(3 * 2 + 2);
    expect(await bits(model, x)).toEqual(want);
    const again = await loadStock(await artifactsOf((handler) => model.save(handler)));
    expect(await bits(again, x)).toEqual(want);
    tf.dispose([x, y]);
    model.dispose();
    again.dispose();
  });

  it('the optimizer, summary, toJSON, getWeights and setWeights work with a view in place', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
    fill(model);
    const json = model.toJSON();
    const p = parametrize(weight(model, 'd/kernel'), weightNorm);
    expect(model.toJSON()).toEqual(json);
    const lines: string[] = [];
    model.summary(undefined, undefined, (line) => lines.push(String(line)));
    expect(lines.join('\n')).toContain('Total params: 10');
    expect(model.getWeights().map(({ shape }) => shape)).toEqual([[3, 2], [1, 2], [2]]);
    const values = [tf.ones([3, 2]), tf.fill([1, 2], 3), tf.zeros([2])];
    model.setWeights(values);
    // Every entry of a column of ones is 1 / sqrt(3) of its norm 3: sqrt(3) within 3 roundings of 1.2e-7.
    for (const v of await valuesOf(p.value())) expect(Math.abs(v - Math.sqrt(3))).toBeLessThan(4e-7);
    tf.dispose(values);
    model.dispose();
  });

  it('a layer in two models is parametrized in both and folds in what either saves', async () => {
    const shared = tf.layers.dense({ units: 2, name: 'shared' });
    const build = () => {
      const input = tf.input({ shape: [2] });
      return tf.model({ inputs: input, outputs: shared.apply(input) as tf.SymbolicTensor });
    };
    const [a, b] = [build(), build()];
    fill(a);
    parametrize(shared, 'kernel', { forward: (w) => tf.neg(w) });
    const x = numbers([2, 2], 1);
    const want = await bits(a, x);
    expect(await bits(b, x)).toEqual(want);
    expect(isParametrized(b)).toBe(true);
    const again = await loadStock(await artifactsOf((handler) => saveFolded(b, handler)));
    expect(await bits(again, x)).toEqual(want);
    x.dispose();
  });

  it('freezing and unfreezing a layer takes the extra variables along', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
    const layer = model.layers[0]!;
    layer.trainable = false;
    const p = parametrize(weight(model, 'd/kernel'), weightNorm);
    expect([p.raw.trainable, p.variables.g!.trainable]).toEqual([false, false]);
    expect(model.trainableWeights.length).toBe(0);
    layer.trainable = true;
    expect([p.raw.trainable, p.variables.g!.trainable]).toEqual([true, true]);
    expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual([
      'd/kernel',
      'd/kernel/g',
      'd/bias',
    ]);
    layer.trainable = false;
    p.restore();
    expect(model.weights.length).toBe(2);
    layer.trainable = true;
    expect(model.trainableWeights.length).toBe(2);
    model.dispose();
  });

  it('the view in the property answers for the LayerVariable and passes trainable on', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
    const layer = model.layers[0]! as unknown as { kernel: tf.LayerVariable };
    const raw = layer.kernel;
    const p = parametrize(weight(model, 'd/kernel'), weightNorm);
    for (const field of ['id', 'dtype', 'shape', 'name', 'originalName', 'trainable'] as const)
      expect(layer.kernel[field]).toEqual(raw[field]);
    (layer.kernel as unknown as { trainable: boolean }).trainable = false;
    expect([raw.trainable, p.variables.g!.trainable]).toEqual([false, false]);
    p.restore();
    expect(layer.kernel).toBe(raw);
    model.dispose();
  });

  it('BatchNormalization trains with a parametrized moving mean that has a right inverse', async () => {
    const bn = tf.layers.batchNormalization({ inputShape: [2], name: 'bn', momentum: 0.5 });
    const model = tf.sequential({ layers: [bn] });
    const p = parametrize(bn, 'movingMean', { forward: (m) => tf.mul(m, 2), rightInverse: (m) => tf.div(m, 2) });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    await model.fit(x, x, { epochs: 1, verbose: 0, batchSize: 2 });
    // 0.5 * 0 + 0.5 * mean: exact.
    expect([...(await valuesOf(p.value()))]).toEqual([1, 1.5]);
    x.dispose();
    model.dispose();
  });

  it('a forward that returns a tensor of its own keeps it: readers get copies', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    const constant = tf.ones([2, 2]);
    const p = parametrize(weight(model, 'd/kernel'), { forward: () => constant });
    p.value().dispose();
    const x = tf.ones([1, 2]);
    await bits(model, x);
    expect(constant.isDisposed).toBe(false);
    p.fold();
    constant.dispose();
    expect([...(await bits(model, x))]).toEqual([2, 2]);
    x.dispose();
    model.dispose();
  });

  it('a transform that starts to throw later breaks the call only: the layer works again after restore', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    const x = tf.ones([1, 2]);
    const want = await bits(model, x);
    let broken = false;
    const p = parametrize(weight(model, 'd/kernel'), {
      forward: (w) => {
        if (broken) throw new Error('late');
        return w;
      },
    });
    broken = true;
    const { tensors } = await leakOf(() => expect(() => model.predict(x)).toThrow('late'));
    expect(tensors).toBe(0);
    p.restore();
    expect(await bits(model, x)).toEqual(want);
    x.dispose();
    model.dispose();
  });

  it('disposing a parametrized model frees the extra variables, and restore afterwards is quiet', () => {
    const before = { ...tf.memory() };
    const variables = Object.keys(tf.engine().state.registeredVariables).length;
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'd' })] });
    const p = parametrize(weight(model, 'd/kernel'), weightNorm);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(Object.keys(tf.engine().state.registeredVariables).length).toBe(variables);
    expect(() => p.fold()).toThrow();
    p.restore();
    expect(p.installed).toBe(false);
  });

  it('parametrize refuses extra variables for a weight that another layer keeps', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [2], name: 'a' }),
        tf.layers.dense({ units: 2, name: 'b', useBias: false }),
      ],
    });
    const [a, b] = model.layers as unknown as { kernel: unknown; _trainableWeights: unknown[] }[];
    a!.kernel = b!.kernel;
    a!._trainableWeights.shift();
    const tied = weightsOf(model, 'a/kernel')[0]!;
    expect(() => parametrize(tied, weightNorm)).toThrow(
      "parametrize: weight must be one of its layer's own, got a/kernel, which another layer keeps",
    );
    parametrize(tied, masked).restore();
    model.dispose();
  });
});
