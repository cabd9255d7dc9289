import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/core';
import { expect } from 'vitest';
import { testContracts } from '../src/contracts.ts';
import { artifactsOf, loadStock } from '../src/index.ts';
import { A, B, EXACT, gradientBy, input, predict, WEIGHTS, withModel, withTensors } from './fixtures.ts';

const tripled = { forward: (w: tf.Tensor) => tf.mul(w, 3), rightInverse: (w: tf.Tensor) => w };
const unbuilt = () => tf.sequential({ layers: [] });

async function predictStock(artifacts: tf.io.ModelArtifacts): Promise<tf.Tensor> {
  const stock = await loadStock(artifacts);
  const result = predict(stock);
  stock.dispose();
  return result;
}

async function captureA(layers: string[]): Promise<unknown> {
  return withModel((model) =>
    withTensors([input()], async (x) => {
      const captured = kit.capture(model, layers, x);
      const calls = captured.calls.map(async ({ path, outputs }) => [path, Array.from(await outputs[0]!.data())]);
      return Promise.all(calls).finally(() => captured.dispose());
    }),
  );
}

/** One step from [1, 2] down the gradient 2 v of its squares, halved by the tap when there is one. */
async function stepWith(tap: kit.Tap): Promise<tf.Tensor> {
  const optimizer = tf.train.sgd(0.5);
  const v = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  try {
    kit.tapOptimizer(optimizer, tap);
    optimizer.minimize(() => tf.sum(tf.square(v)) as tf.Scalar, false, [v]);
    return v.clone();
  } finally {
    v.dispose();
    optimizer.dispose();
  }
}

/** Runs `run` with the square of what the model gives for one example as the loss, and the last layer's variables. */
const withLoss = <T>(
  run: (model: tf.Sequential, data: kit.LabelledData, variables: tf.Variable[]) => T | Promise<T>,
): Promise<T> =>
  withModel(async (model) => {
    const loss = (y: tf.Tensor, z: tf.Tensor) => tf.square(tf.sub(z, y));
    const variables = kit.weightsOf(model, 'b/*').map(({ variable }) => variable!);
    return withTensors([input(), tf.zeros([1, 1])], async (x, y) => run(model, { x, y, loss }, variables));
  });

testContracts('@weightkit/core', kit, [
  {
    name: 'activationMoments',
    title: 'is 3, 13 and 1 of x itself at mean 3 and variance 4',
    value: () => kit.activationMoments((x) => x, 3, 4),
    reference: { mean: 3, square: 13, slope: 1 },
    tolerance: { atMost: 1e-9, because: 'the slope is a difference over 2e-4 of numbers up to 23, each rounded' },
    rejects: [[() => kit.activationMoments(Math.tanh, 0, -1), 'activationMoments: variance must be 0 or more, got -1']],
  },
  {
    name: 'allDone',
    title: 'gives the values of all',
    value: () => kit.allDone([Promise.resolve(tf.tensor1d([1, 2])), 3]),
    reference: [[1, 2], 3],
    tolerance: EXACT,
    rejects: [
      [() => withTensors([input()], (x) => kit.allDone([x.data(), Promise.reject(new Error('planted'))])), 'planted'],
      [() => kit.allDone(3 as never), 'allDone: promises must be a list, got 3'],
    ],
  },
  {
    name: 'capture',
    title: "gives a layer's output",
    value: () => captureA(['b', 'a']),
    reference: [
      ['a', [4, -4]],
      ['b', [12]],
    ],
    tolerance: EXACT,
    rejects: [[() => captureA(['none']), 'capture: layers must be in the model (there are a, b), got "none"']],
  },
  {
    name: 'checkLayer',
    title: 'passes a built layer',
    value: () => withModel((model) => kit.checkLayer('ask', 'layer', model.layers[0])),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [
        () => kit.checkLayer('ask', 'layer', { weightSpecs: [] }),
        'ask: layer must be a tfjs layer or LayersModel, got {weightSpecs}; load it first, as by tf.loadLayersModel(tf.io.fromMemory(artifacts))',
      ],
    ],
  },
  {
    name: 'checkIdle',
    title: 'passes weights that nobody is at work on',
    value: () => withModel((model) => kit.checkIdle('ask', kit.weightsOf(model))),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel(async (model) => {
            const work = kit.exclusively('work', kit.weightsOf(model), async () => undefined);
            try {
              kit.checkIdle('ask', kit.weightsOf(model));
            } finally {
              await work;
            }
          }),
        'ask: model must not be at work elsewhere, got a/kernel in work; await that first',
      ],
    ],
  },
  {
    name: 'exclusively',
    title: 'gives what the work gives',
    value: () => withModel((model) => kit.exclusively('ask', kit.weightsOf(model), async () => 3)),
    reference: 3,
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.exclusively('ask', kit.weightsOf(model), 3 as never)),
        'ask: work must be a function, got 3',
      ],
    ],
  },
  {
    name: 'checkModel',
    title: 'passes a built model',
    value: () => withModel((model) => kit.checkModel('ask', model)),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [() => kit.checkModel('ask', Promise.resolve()), 'ask: model must be a LayersModel, got a promise (await it)'],
      [() => kit.checkModel('ask', unbuilt()), 'ask: model must be built, got sequential_'],
    ],
  },
  {
    name: 'checkModelAndBatch',
    title: 'passes a built model and a batch of its inputs',
    value: () => withModel((model) => withTensors([input()], (x) => kit.checkModelAndBatch('ask', model, x, 'x'))),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => withTensors([tf.zeros([1, 2])], (x) => kit.checkModelAndBatch('ask', model, x, 'x'))),
        'ask: x must have shape [null,3], got [1, 2]',
      ],
    ],
  },
  {
    name: 'checkThawed',
    title: 'passes a weight that is trained, or whose layer is not',
    value: () =>
      withModel((model) => {
        model.layers[1]!.trainable = false;
        for (const path of ['a/kernel', 'b/kernel']) kit.checkThawed('ask', kit.weightsOf(model, path)[0]!);
      }),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => {
            const [first] = kit.weightsOf(model, 'a/kernel');
            first!.variable!.trainable = false;
            kit.checkThawed('ask', first!);
          }),
        'ask: weight must not be frozen, for variables added to it would be trained, got a/kernel; unfreeze it, then ask',
      ],
    ],
  },
  {
    name: 'checkpointOf',
    title: 'reads the weight that the layer computes with',
    value: () =>
      withModel(async (model) => {
        kit.parametrize(model.layers[0]!, 'kernel', tripled);
        const { tensors } = kit.checkpointOf(model);
        return [tensors.map(({ name }) => name), Array.from((await tensors[0]!.values()) as Float32Array)];
      }),
    reference: [['a/kernel', 'a/bias', 'b/kernel', 'b/bias'], A.map((x) => 3 * x)],
    tolerance: EXACT,
    rejects: [
      [() => kit.checkpointOf({}), 'checkpointOf: source must hold a weight'],
      [() => kit.checkpointOf(unbuilt()), 'checkpointOf: model must be built'],
    ],
  },
  {
    name: 'forEachPart',
    title: 'hands on the rows',
    value: () => {
      const parts: number[] = [];
      const fill = (out: Float64Array, from: number, to: number) => {
        for (let row = from; row < to; row++) out.fill(row, (row - from) * 2, (row - from + 1) * 2);
      };
      kit.forEachPart({ count: 3, length: 2, fill }, (rows, count) => parts.push(count, ...rows));
      return parts;
    },
    reference: [3, 0, 0, 1, 1, 2, 2],
    tolerance: EXACT,
    rejects: [
      [() => kit.forEachPart({} as never, () => {}), 'forEachPart: patches must be those of visitPatches, got {}'],
    ],
  },
  {
    name: 'hasProducts',
    title: 'is true of the kernels of a GRU and false of its bias',
    value: () => {
      const model = tf.sequential({ layers: [tf.layers.gru({ units: 1, inputShape: [1, 1] })] });
      const found = kit.weightsOf(model).map(kit.hasProducts);
      model.dispose();
      return found;
    },
    reference: [true, true, false],
    tolerance: EXACT,
    rejects: [[() => kit.hasProducts(3 as never), 'hasProducts: weight must be one from weightsOf, got 3']],
  },
  {
    name: 'checkCalibration',
    title: 'lets a batch of the inputs pass, and says what is wrong with another',
    value: () =>
      withModel((model) =>
        withTensors([input()], (x) => {
          kit.checkCalibration('ask', model, { x });
          return 1;
        }),
      ),
    reference: 1,
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => withTensors([tf.zeros([1, 2])], (x) => kit.checkCalibration('ask', model, { x }))),
        'ask: x must have shape [null,3], got [1, 2]',
      ],
    ],
  },
  {
    name: 'checkStateless',
    title: 'lets a model pass that keeps nothing of what it was given',
    value: () =>
      withModel((model) => {
        kit.checkStateless('ask', model);
        return 1;
      }),
    reference: 1,
    tolerance: EXACT,
    rejects: [
      [
        () => {
          const layer = tf.layers.simpleRNN({ units: 1, batchInputShape: [1, 2, 1], stateful: true, name: 'kept' });
          const model = tf.sequential({ layers: [layer] });
          try {
            kit.checkStateless('ask', model);
          } finally {
            // Which disposing a model leaves.
            tf.dispose((layer as unknown as { states: tf.Tensor[] }).states);
            model.dispose();
          }
        },
        'ask: model must have no layers that keep a state, got "kept"',
      ],
    ],
  },
  {
    name: 'inCallOrder',
    title: 'puts kernels in the order of calls',
    value: () =>
      withModel((model) =>
        withTensors([input()], (x) =>
          kit.inCallOrder('ask', model, kit.weightsOf(model, '*/kernel').reverse(), x).map(({ path }) => path),
        ),
      ),
    reference: ['a/kernel', 'b/kernel'],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => withTensors([tf.zeros([1, 2])], (x) => kit.inCallOrder('ask', model, [], x))),
        'ask: batch must have shape [null,3], got [1, 2]',
      ],
    ],
  },
  {
    name: 'inputGrams',
    title: 'is the products of the inputs',
    value: () =>
      withModel((model) =>
        withTensors([tf.tensor2d([[1, 2, 3]])], async (x) => {
          const { grams, rows } = await kit.inputGrams('ask', model, kit.weightsOf(model, 'a/kernel')[0]!, x);
          return [rows, ...grams[0]!];
        }),
      ),
    reference: [1, 1, 2, 3, 2, 4, 6, 3, 6, 9],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) =>
            withTensors([input()], (x) => kit.inputGrams('ask', model, kit.weightsOf(model, 'a/bias')[0]!, x)),
          ),
        'ask: weights must be kernels of layers of class',
      ],
    ],
  },
  {
    name: 'kernelProducts',
    title: 'says where the entries of a GRU stand, last gate by itself',
    value: () => {
      const model = tf.sequential({ layers: [tf.layers.gru({ units: 2, inputShape: [1, 1] })] });
      const products = kit.kernelProducts(kit.weightsOf(model)[1]!);
      model.dispose();
      return products.map(({ inputs, outputs, period, at }) => [inputs, outputs, period, at(0, 0), at(1, 1)]);
    },
    reference: [
      [2, 4, 2, 0, 7],
      [2, 2, 2, 4, 11],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.kernelProducts(kit.weightsOf(model, 'a/bias')[0]!)),
        'kernelProducts: weight must be a kernel of a layer of class Dense,',
      ],
    ],
  },
  {
    name: 'outputEnergy',
    title: 'is the square of what X V is',
    value: () => kit.outputEnergy(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 1), 1),
    reference: 9,
    tolerance: EXACT,
    rejects: [
      [
        () => kit.outputEnergy(new Float64Array(4), new Float64Array(3), 1),
        'outputEnergy: v must have 2 entries, got 3',
      ],
    ],
  },
  {
    name: 'visitPatches',
    title: 'gives the inputs of a dense layer',
    value: () =>
      withModel((model) =>
        withTensors([tf.tensor2d([[1, 2, 3]])], async (x) => {
          const found: unknown[] = [];
          await kit.visitPatches('ask', model, kit.weightsOf(model, 'a/kernel'), x, ({ path }, patches) =>
            kit.forEachPart(patches[0]!, (rows) => found.push(path, ...rows)),
          );
          return found;
        }),
      ),
    reference: ['a/kernel', 1, 2, 3],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) =>
            withTensors([tf.tensor2d([[1, Number.NaN, 3]])], (x) =>
              kit.visitPatches('ask', model, kit.weightsOf(model, 'a/kernel'), x, () => {}),
            ),
          ),
        'ask: activations must be finite, got NaN at the input of a/kernel[1]',
      ],
    ],
  },
  {
    name: 'gradientsOf',
    title: 'gives the gradient by each tensor',
    value: async () => {
      const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
      const gradients = kit.gradientsOf((x, y) => tf.sum(tf.mul(tf.square(x!), y!)), [a, b]);
      const values = await Promise.all(gradients.map(async (gradient) => Array.from(await gradient.data())));
      tf.dispose([a, b, ...gradients]);
      return values;
    },
    reference: [
      [6, 16],
      [1, 4],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withTensors([tf.tensor1d([1, 2])], (x) =>
            kit.gradientsOf((y) => tf.sum(tf.cast(tf.greater(y!, 1), 'float32')), [x]),
          ),
        'Cannot compute gradient',
      ],
    ],
  },
  {
    name: 'handlerOf',
    title: 'loads in stock TensorFlow.js with the transforms folded in',
    value: () =>
      withModel(async (model) => {
        kit.parametrize(model.layers[0]!, 'kernel', tripled);
        const stock = await tf.loadLayersModel(kit.handlerOf(kit.checkpointOf(model)));
        const result = predict(stock);
        stock.dispose();
        return result;
      }),
    reference: [36],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.handlerOf(kit.checkpointOf(model.layers[0]!))),
        'handlerOf: checkpoint must have the topology of a model, got 2 tensors of tfjs without',
      ],
    ],
  },
  {
    name: 'checkUses',
    title: 'passes a weight that no layer uses by its tf.Variable',
    value: () => withModel((model) => kit.checkUses('ask', kit.weightsOf(model, 'a/kernel')[0]!)),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => {
            const [first] = kit.weightsOf(model, 'a/kernel');
            Object.assign(model.layers[1]!, { table: first!.variable });
            kit.checkUses('ask', first!);
          }),
        'ask: every layer must use a weight by its LayerVariable, got a/kernel (of layer a), whose tf.Variable layer b keeps in table',
      ],
    ],
  },
  {
    name: 'checkTensor',
    title: 'passes a tensor of the type',
    value: () => withTensors([input()], (x) => kit.checkTensor('ask', 'x', x, 'float32')),
    reference: undefined,
    tolerance: EXACT,
    rejects: [
      [() => kit.checkTensor('ask', 'x', 3), 'ask: x must be a tensor, got 3'],
      [
        () => withTensors([input()], (x) => kit.checkTensor('ask', 'x', x, 'int32')),
        'ask: x must be a tensor of int32, got "float32"',
      ],
      [
        () => {
          const x = input();
          x.dispose();
          kit.checkTensor('ask', 'x', x);
        },
        'ask: x must be a tensor that is not disposed, got a disposed Tensor',
      ],
    ],
  },
  {
    name: 'checkTensors',
    title: 'gives the tensors in a list',
    value: () =>
      withTensors([input()], (x) => [
        kit.checkTensors('ask', 'x', x).length,
        kit.checkTensors('ask', 'x', [x, x]).length,
      ]),
    reference: [1, 2],
    tolerance: EXACT,
    rejects: [
      [() => kit.checkTensors('ask', 'x', []), 'ask: x must be a tensor or a list of tensors, got []'],
      [() => kit.checkTensors('ask', 'x', [null]), 'ask: x must be a tensor or a list of tensors, got [null]'],
    ],
  },
  {
    name: 'followingActivation',
    title: 'names the activation',
    value: () => withModel((model) => model.layers.map((layer) => kit.followingActivation(layer).name)),
    reference: ['linear', 'linear'],
    tolerance: EXACT,
    rejects: [[() => kit.followingActivation({} as never), 'followingActivation: layer must be a tfjs layer, got {}']],
  },
  {
    name: 'gain',
    title: 'is sqrt 2 for relu by name, 1 / sqrt(E z^4) = 1 / sqrt 3 for a square',
    value: () => [kit.gain('relu'), kit.gain((z) => z * z)],
    reference: [Math.SQRT2, 1 / Math.sqrt(3)],
    tolerance: {
      atMost: 1e-14,
      because: 'two roundings of quadrature and root; see packages/core/test/gains/gain.test.ts',
    },
    rejects: [[() => kit.gain('softmax'), 'gain: activation must be leakyRelu, elu']],
  },
  {
    name: 'normalCdf',
    title: 'is 1/2 at 0, and what tables say at 1.96',
    value: () => [kit.normalCdf(0), kit.normalCdf(1.96), kit.normalCdf(-9)],
    reference: [0.5, 0.9750021048517795, 0],
    tolerance: {
      atMost: 2 ** -52,
      because: 'a sum of positive terms below 1, rounded; scipy.stats.norm.cdf(1.96) 1.14',
    },
    rejects: [[() => kit.normalCdf('1' as never), 'normalCdf: x must be a number, got "1"']],
  },
  {
    name: 'chosenLayers',
    title: 'finds the layers that are named',
    value: () =>
      withModel((model) =>
        kit.chosenLayers('ask', 'layers', model, ['b', model.layers[0]!, 'b']).map(({ path }) => path),
      ),
    reference: ['b', 'a'],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.chosenLayers('ask', 'layers', model, ['none'])),
        'ask: layers must be in the model (there are a, b), got "none"',
      ],
    ],
  },
  {
    name: 'fans',
    title: 'reads a depthwise kernel [3, 3, 64, 2]',
    value: () => kit.fans([3, 3, 64, 2], { kind: 'depthwise' }),
    reference: { fanIn: 9, fanOut: 18 },
    tolerance: EXACT,
    rejects: [[() => kit.fans([-1]), 'fans: shape must be a list of sizes, integers of 0 or more, got [-1]']],
  },
  {
    name: 'isKernel',
    title: 'passes kernels and no biases',
    value: () => withModel((model) => kit.weightsOf(model).map(kit.isKernel)),
    reference: [true, false, true, false],
    tolerance: EXACT,
    rejects: [[() => kit.isKernel({} as never), 'isKernel: weight must be one from weightsOf, got {}']],
  },
  {
    name: 'finiteValues',
    title: "downloads a weight's values",
    value: () => withModel((model) => kit.finiteValues('ask', kit.weightsOf(model)[0]!)),
    reference: A,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => {
            const [weight] = kit.weightsOf(model);
            tf.tidy(() => weight!.write(tf.tensor2d([1, 2, Number.NaN, 4, 5, 6], [3, 2])));
            return kit.finiteValues('ask', weight!);
          }),
        'ask: weights must be finite, got NaN at a/kernel[2]',
      ],
    ],
  },
  {
    name: 'fastKernels',
    title: 'has kernels of its own on wasm alone, and takes them out again',
    value: () => {
      const own = tf.getKernel('BatchMatMul', tf.getBackend());
      const { kernels, restore } = kit.fastKernels();
      restore();
      const onWasm = tf.getBackend() === 'wasm';
      return [kernels.length > 0 === onWasm, tf.getKernel('BatchMatMul', tf.getBackend()) === own];
    },
    reference: [true, true],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.fastKernels('abacus'),
        'fastKernels: backend must be registered (await tf.ready() first), got "abacus"',
      ],
    ],
  },
  {
    name: 'fillMissingKernels',
    title: 'leaves a kernel alone that the backend has, and takes nothing out again',
    value: () => {
      const filled = kit.fillMissingKernels(tf.getBackend(), { kernels: ['Add'] });
      filled.restore();
      return { filled: filled.filled, present: filled.present };
    },
    reference: { filled: [], present: ['Add'] },
    tolerance: EXACT,
    rejects: [
      [
        () => kit.fillMissingKernels(tf.getBackend(), { kernels: ['FFT'] }),
        'fillMissingKernels: kernels must compute with real tensors, got "FFT"',
      ],
    ],
  },
  {
    name: 'foldAll',
    title: 'leaves what the transforms computed',
    value: () =>
      withModel((model) => {
        kit.foldAll(model.layers.map((layer) => kit.parametrize(layer, 'kernel', tripled)));
        return [predict(model), kit.isParametrized(model)];
      }),
    reference: [[108], false],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => {
            const one = kit.parametrize(model.layers[0]!, 'kernel', tripled);
            one.restore();
            kit.foldAll([one]);
          }),
        'foldAll: parametrization must be in place, got one already removed from a/kernel',
      ],
    ],
  },
  {
    name: 'foldModel',
    title: 'gives the paths of the weights in the order of the file',
    value: () => withModel(async (model) => (await kit.foldModel('ask', model)).paths),
    reference: ['a/kernel', 'a/bias', 'b/kernel', 'b/bias'],
    tolerance: EXACT,
    rejects: [[() => kit.foldModel('ask', {} as never), 'ask: model must be a LayersModel']],
  },
  {
    name: 'foldedArtifacts',
    title: 'load in stock TensorFlow.js with the transforms folded in',
    value: () =>
      withModel(async (model) => {
        kit.parametrize(model.layers[0]!, 'kernel', tripled);
        return predictStock(await kit.foldedArtifacts(model));
      }),
    reference: [36],
    tolerance: EXACT,
    rejects: [
      [() => kit.foldedArtifacts({} as never), 'foldedArtifacts: model must be a LayersModel'],
      [
        () => withModel((model) => kit.foldedArtifacts(model, { rename: 1 } as never)),
        'foldedArtifacts: rename must be true',
      ],
    ],
  },
  {
    name: 'isParametrized',
    title: 'says whether a transform is in place',
    value: () =>
      withModel((model) => {
        const before = kit.isParametrized(model);
        kit.parametrize(model.layers[1]!, 'kernel', tripled);
        return [before, kit.isParametrized(model)];
      }),
    reference: [false, true],
    tolerance: EXACT,
    rejects: [[() => kit.isParametrized({} as never), 'isParametrized: source must be a tfjs layer or LayersModel']],
  },
  {
    name: 'keepValues',
    title: 'gives weights back what they had',
    value: () =>
      withModel((model) => {
        const weights = kit.weightsOf(model, 'a/kernel');
        const kept = kit.keepValues('ask', model, weights);
        tf.tidy(() => weights[0]!.write(tf.zeros([3, 2])));
        kept.restore();
        kept.dispose();
        return weights[0]!.read();
      }),
    reference: A,
    tolerance: EXACT,
    rejects: [[() => kit.keepValues('ask', null, {} as never), 'ask: weights must be a list from weightsOf']],
  },
  {
    name: 'layersOf',
    title: 'lists the layers with their paths',
    value: () => withModel((model) => kit.layersOf(model).map(({ path }) => path)),
    reference: ['', 'a', 'b'],
    tolerance: EXACT,
    rejects: [[() => kit.layersOf(unbuilt()), 'layersOf: model must be built']],
  },
  {
    name: 'optimizerSlots',
    title: 'finds what an optimizer keeps of a variable',
    value: async () => {
      const optimizer = tf.train.rmsprop(1, 0.5);
      const v = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
      optimizer.minimize(() => tf.sum(tf.square(v)) as tf.Scalar, false, [v]);
      // Half of the squared gradient.
      const result = kit.optimizerSlots(optimizer, v).map(({ name, variable }) => name === 'rms' && variable.clone());
      optimizer.dispose();
      v.dispose();
      return result;
    },
    reference: [[2, 8], false],
    tolerance: EXACT,
    rejects: [[() => kit.optimizerSlots(3 as never, 3 as never), 'optimizerSlots: optimizer must be a tf.Optimizer']],
  },
  {
    name: 'sameData',
    title: 'has the values of the tensor',
    value: () => withTensors([input()], (x) => kit.sameData(x)),
    reference: [1, 2, 3],
    tolerance: EXACT,
    gradient: {
      value: () => withTensors([input()], (x) => tf.grad((y) => tf.sum(tf.square(kit.sameData(y))))(x)),
      reference: [2, 4, 6],
      tolerance: EXACT,
    },
    rejects: [[() => kit.sameData(3 as never), 'sameData: x must be a tensor, got 3']],
  },
  {
    name: 'valuesAtHand',
    title: 'has the values of a tensor in main memory',
    value: () => withTensors([input()], (x) => Array.from(kit.valuesAtHand(x) ?? [1, 2, 3])),
    reference: [1, 2, 3],
    tolerance: EXACT,
    rejects: [
      [() => kit.valuesAtHand(3 as never), 'valuesAtHand: x must be a tensor of float32, int32 or bool, got 3'],
    ],
  },
  {
    name: 'tensorflowOp',
    title: 'is the product on tfjs-node, and null elsewhere',
    value: () => withTensors([input()], (x) => kit.tensorflowOp('MulNoNan', [x, x]) ?? tf.mul(x, x)),
    reference: [1, 4, 9],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.tensorflowOp('Mul' as never, []),
        'tensorflowOp: name must be one of EuclideanNorm, FakeQuantWithMinMaxArgs, MulNoNan, got "Mul"',
      ],
    ],
  },
  {
    name: 'parametrizationsOf',
    title: 'lists what is in place, oldest first',
    value: () =>
      withModel((model) => {
        for (const layer of [1, 0, 0]) kit.parametrize(model.layers[layer]!, 'kernel', tripled);
        return kit.parametrizationsOf(model).map(({ path }) => path);
      }),
    reference: ['a/kernel', 'a/kernel', 'b/kernel'],
    tolerance: EXACT,
    rejects: [[() => kit.parametrizationsOf(unbuilt()), 'parametrizationsOf: model must be built']],
  },
  {
    name: 'parametrize',
    title: 'makes a layer compute with a function of its weight',
    value: () =>
      withModel((model) => {
        kit.parametrize(model.layers[0]!, 'kernel', tripled);
        return predict(model);
      }),
    reference: [36],
    tolerance: EXACT,
    // y = sum over i, j of x_i a_ij^2 b_j, so dy / da_ij = 2 x_i a_ij b_j.
    gradient: {
      value: () =>
        withModel((model) =>
          gradientBy(model, kit.parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.square(w) }).raw),
        ),
      reference: A.map((a, i) => 2 * [1, 2, 3][i >> 1]! * a * B[i % 2]!),
      tolerance: EXACT,
    },
    rejects: [
      [
        () => withModel((model) => kit.parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.sum(w) })),
        'parametrize: forward of a/kernel must return float32 [3,2]',
      ],
      [
        () => withModel((model) => kit.parametrize(model.layers[0]!, 'none', tripled)),
        'parametrize: property must name one weight of a',
      ],
    ],
  },
  {
    name: 'saveFolded',
    title: 'writes what loads in stock TensorFlow.js with the transforms folded in',
    value: () =>
      withModel(async (model) => {
        kit.parametrize(model.layers[1]!, 'kernel', tripled);
        return predictStock(await artifactsOf((handler) => kit.saveFolded(model, handler)));
      }),
    reference: [36],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.saveFolded(model, 'nowhere://x')), 'saveFolded: target must be a URL that a'],
      [
        () =>
          withModel((model) => artifactsOf((handler) => kit.saveFolded(model, handler, { includeOptimizer: true }))),
        'saveFolded: model must be compiled for its optimizer to be saved',
      ],
    ],
  },
  {
    name: 'saveHandler',
    title: 'takes a handler as it is',
    value: () => {
      const handler = { save: async () => ({ modelArtifactsInfo: {} }) as tf.io.SaveResult };
      return kit.saveHandler('ask', handler) === handler;
    },
    reference: true,
    tolerance: EXACT,
    rejects: [[() => kit.saveHandler('ask', {}), 'ask: target must be a URL or a handler with save']],
  },
  {
    name: 'stablePaths',
    title: 'counts generated names by their place',
    value: () => kit.stablePaths(['dense_Dense7/kernel', 'dense_Dense9/kernel', 'out/kernel']),
    reference: ['dense_Dense#1/kernel', 'dense_Dense#2/kernel', 'out/kernel'],
    tolerance: EXACT,
    rejects: [[() => kit.stablePaths([1] as never), 'stablePaths: paths must be strings, got 1']],
  },
  {
    name: 'batchLoss',
    title: 'gives the mean loss of a batch, in which every variable has a part',
    value: () =>
      withLoss((model, data, [kernel, bias]) =>
        kit.gradientsOf(kit.batchLoss('ask', model, data, [kernel!, bias!]), [kernel!, bias!]),
      ),
    // 2 · 12 times the inputs of the layer, and 1.
    reference: [[96, -96], [24]],
    tolerance: EXACT,
    rejects: [
      [
        () => withLoss((model, { x, y }, list) => kit.batchLoss('ask', model, { x, y }, list)),
        'ask: model must be compiled, or loss be given, got neither',
      ],
      [
        () => withLoss((model, data, list) => kit.batchLoss('ask', model, data, list, 0)),
        'ask: temperature must be finite and above 0, got 0',
      ],
    ],
  },
  {
    name: 'checkLabelled',
    title: 'lets a batch with targets pass, and says what is wrong with another',
    value: () => withLoss((model, data) => kit.checkLabelled('ask', model, data) ?? 1),
    reference: 1,
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withLoss((model, { x }) => withTensors([tf.zeros([2, 1])], (y) => kit.checkLabelled('ask', model, { x, y }))),
        'ask: y must have as many examples as x, 1, got [2, 1]',
      ],
    ],
  },
  {
    name: 'reaching',
    title: 'leaves a loss what it is, and gives gradients of 0 by what it does not depend on',
    value: () =>
      withTensors([tf.tensor1d([1, 2]), tf.tensor1d([3])], (x, w) =>
        kit.gradientsOf(() => kit.reaching(tf.sum(x), [w, x]), [w, x]),
      ),
    reference: [[0], [1, 1]],
    tolerance: EXACT,
    rejects: [[() => kit.reaching(3 as never, []), 'reaching: loss must be a tensor']],
  },
  {
    name: 'carryOptimizer',
    title: 'gives the new optimizer what the old one has kept',
    value: () =>
      withTensors([tf.tensor2d([[2]]), tf.tensor2d([[1]])], async (x, y) => {
        const model = tf.sequential({
          layers: [
            tf.layers.dense({ units: 1, inputShape: [1], useBias: false, name: 'a', kernelInitializer: 'ones' }),
          ],
        });
        const [first, second] = [tf.train.adagrad(0, 1), tf.train.adagrad(0, 1)];
        model.compile({ optimizer: first, loss: 'meanSquaredError' });
        await model.trainOnBatch(x, y);
        const { carried } = await kit.carryOptimizer(model, () =>
          model.compile({ optimizer: second, loss: 'meanSquaredError' }),
        );
        const [slot] = kit.optimizerSlots(second, kit.weightsOf(model)[0]!.variable!);
        const sum = tf.clone(slot!.variable as tf.Tensor);
        for (const optimizer of [first, second]) optimizer.dispose();
        model.dispose();
        return [carried, sum];
      }),
    // 1, and the square of 2 · 2 · (2 − 1).
    reference: [['a/kernel'], [17]],
    tolerance: EXACT,
    rejects: [[() => kit.carryOptimizer(3 as never, () => {}), 'carryOptimizer: model must be a LayersModel']],
  },
  {
    name: 'squaredGradients',
    title: 'is the mean over the examples of squared gradients',
    value: () => withLoss((model, data, [kernel]) => kit.squaredGradients('ask', model, data, [kernel!])),
    reference: [[9216, 9216]],
    tolerance: EXACT,
    rejects: [
      [
        () => withLoss((model, data) => kit.squaredGradients('ask', model, data, [])),
        'ask: variables must be a tensor or a list of tensors',
      ],
    ],
  },
  {
    name: 'callbackInstance',
    title: 'makes an instance that has what the callback has',
    value: () => {
      const made = kit.callbackInstance(class extends tf.Callback {}, kit.stockCallback({ step: 3 }));
      return [made instanceof tf.Callback, made.step];
    },
    reference: [true, 3],
    tolerance: EXACT,
    rejects: [
      [
        () => kit.callbackInstance(tf.Callback as unknown as new () => object, {} as kit.StockCallback),
        'callbackInstance: callback must be what stockCallback gives, got {}',
      ],
    ],
  },
  {
    name: 'stockCallback',
    title: 'adds what fit calls, and keeps what is there',
    value: () => Object.keys(kit.stockCallback({ onEpochEnd: async () => {} })).sort(),
    reference: ['onEpochEnd', 'onTrainBegin', 'onTrainEnd', 'setModel', 'setParams', 'validationData'],
    tolerance: EXACT,
    rejects: [
      [() => kit.stockCallback(3 as unknown as object), 'stockCallback: callback must be a plain object, got 3'],
    ],
  },
  {
    name: 'markConstrained',
    title: 'has parametrize refuse what does not keep it, until it is released',
    value: () =>
      withModel((model) => {
        const release = kit.markConstrained('ask', kit.weightsOf(model, 'a/kernel')[0]!, 'unitNorm', ['mask']);
        kit.parametrize(model.layers[0]!, 'kernel', { ...tripled, kind: 'mask' }).restore();
        let message = '';
        try {
          kit.parametrize(model.layers[0]!, 'kernel', tripled);
        } catch (error) {
          ({ message } = error as Error);
        }
        release();
        kit.parametrize(model.layers[0]!, 'kernel', tripled);
        return message;
      }),
    reference:
      'parametrize: weight must not be constrained, got a/kernel with unitNorm; restore, fold or unfreeze that first',
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) => {
            const [first] = kit.weightsOf(model, 'a/kernel');
            kit.markConstrained('ask', first!, 'unitNorm', []);
            kit.markConstrained('ask', first!, 'nonNeg', []);
          }),
        'ask: weight must not be constrained already, got a/kernel with unitNorm',
      ],
      [
        () =>
          withModel((model) => {
            kit.parametrize(model.layers[0]!, 'kernel', tripled);
            kit.markConstrained('ask', kit.weightsOf(model, 'a/kernel')[0]!, 'unitNorm', []);
          }),
        'ask: unitNorm must not meet another parametrization, got one without a name at a/kernel; fold it first',
      ],
    ],
  },
  {
    name: 'stockConstraint',
    title: 'is the object that a layer was made with, or null',
    value: () => {
      const layers = [tf.layers.dense({ units: 1, inputShape: [2], kernelConstraint: 'nonNeg', name: 'c' })];
      const model = tf.sequential({ layers });
      const found = kit.weightsOf(model).map((weight) => kit.stockConstraint(weight)?.getClassName() ?? null);
      model.dispose();
      return found;
    },
    reference: ['NonNeg', null],
    tolerance: EXACT,
    rejects: [[() => kit.stockConstraint(3 as never), 'stockConstraint: weight must be one from weightsOf, got 3']],
  },
  {
    name: 'tapOptimizer',
    title: 'halves the gradients of a step',
    value: () => stepWith({ before: (all) => all.map(({ name, tensor }) => ({ name, tensor: tf.mul(tensor, 0.5) })) }),
    reference: [0.5, 1],
    tolerance: EXACT,
    rejects: [[() => stepWith({}), 'tapOptimizer: tap must have a before or an after function']],
  },
  {
    name: 'weightsOf',
    title: 'lists the weights with their paths and values',
    value: () => withModel((model) => new Map(kit.weightsOf(model).map((weight) => [weight.path, weight.read()]))),
    reference: WEIGHTS,
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.weightsOf(model, 'none')), 'weightsOf: filter must match a weight'],
      [() => kit.weightsOf(3 as never), 'weightsOf: source must be a LayersModel, layer, GraphModel'],
    ],
  },
  {
    name: 'watchOptimizers',
    title: 'is told of a step with its optimizer, until it is released',
    value: async () => {
      const optimizer = tf.train.sgd(0.5);
      const v = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
      const seen: boolean[] = [];
      const unwatch = kit.watchOptimizers((one, list) => seen.push(one === optimizer, list?.[0] === v));
      const step = () => optimizer.minimize(() => tf.sum(tf.square(v)) as tf.Scalar, false, [v]);
      step();
      unwatch();
      step();
      tf.dispose([v]);
      optimizer.dispose();
      return seen;
    },
    reference: [true, true],
    tolerance: EXACT,
    rejects: [[() => kit.watchOptimizers(3 as never), 'watchOptimizers: watcher must be a function, got 3']],
  },
  {
    name: 'wrapCall',
    title: "runs in place of a layer's call until it is unwrapped",
    value: () =>
      withModel((model) => {
        const unwrap = kit.wrapCall(model.layers[0]!, (call, inputs, kwargs) =>
          tf.mul(call(inputs, kwargs) as tf.Tensor, 2),
        );
        const doubled = predict(model);
        unwrap();
        return [doubled, predict(model)];
      }),
    reference: [[24], [12]],
    tolerance: EXACT,
    rejects: [
      [() => kit.wrapCall({} as never, (call, ...rest) => call(...rest)), 'wrapCall: layer must be a tfjs layer'],
    ],
  },
  {
    name: 'writeAll',
    title: 'sets all weights, or none',
    value: () =>
      withModel((model) => {
        const weights = kit.weightsOf(model, ['a/kernel', 'b/kernel']);
        const values = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8)];
        kit.writeAll('ask', model, weights, values);
        kit.parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 3) });
        // The second cannot be written now, and the first goes back.
        expect(() => kit.writeAll('ask', model, weights, [new Float32Array(6), new Float32Array(2)])).toThrow(
          'every parametrization below must have a rightInverse',
        );
        return [weights[0]!.read(), weights[1]!.read()];
      }),
    reference: [
      [1, 2, 3, 4, 5, 6],
      [21, 24],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.writeAll('ask', model, kit.weightsOf(model, 'a/kernel'), [])),
        'ask: values must be a list for each weight',
      ],
      [
        () => withModel((model) => kit.writeAll('ask', model, kit.weightsOf(model, 'b/kernel'), [new Float32Array(3)])),
        'ask: the values of b/kernel must be 2',
      ],
    ],
  },
]);
