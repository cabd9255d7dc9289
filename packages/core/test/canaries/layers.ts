import * as tf from '@tensorflow/tfjs';
import { isLayer, isLayerVariable, type LayerInternals, type LayerVariableLike } from '../../src/model/types.ts';
import { type Canary, canary } from './canary.ts';

const zeros = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;

const builtOn = (layer: tf.layers.Layer, shape: (number | null)[]): LayerInternals => {
  layer.build(shape);
  return layer as unknown as LayerInternals;
};
const dense = (): LayerInternals => builtOn(tf.layers.dense({ units: 2 }), [null, 3]);
const apply = (layer: LayerInternals, x: tf.Tensor): unknown => (layer as unknown as tf.layers.Layer).apply(x);
const image = [null, 4, 4, 2];
const sequence = [null, 3, 2];

/** What each class keeps in properties of its own, which paths are named after. */
const PROPERTIES: readonly [className: string, make: () => LayerInternals, properties: readonly string[]][] = [
  ['Dense', dense, ['kernel', 'bias']],
  ['Conv1D', () => builtOn(tf.layers.conv1d({ filters: 1, kernelSize: 2 }), [null, 4, 2]), ['kernel', 'bias']],
  ['Conv2D', () => builtOn(tf.layers.conv2d({ filters: 1, kernelSize: 2 }), image), ['kernel', 'bias']],
  ['Conv3D', () => builtOn(tf.layers.conv3d({ filters: 1, kernelSize: 2 }), [null, 4, 4, 4, 1]), ['kernel', 'bias']],
  [
    'Conv2DTranspose',
    () => builtOn(tf.layers.conv2dTranspose({ filters: 1, kernelSize: 2 }), image),
    ['kernel', 'bias'],
  ],
  ['DepthwiseConv2D', () => builtOn(tf.layers.depthwiseConv2d({ kernelSize: 2 }), image), ['depthwiseKernel', 'bias']],
  [
    'SeparableConv2D',
    () => builtOn(tf.layers.separableConv2d({ filters: 2, kernelSize: 2 }), image),
    ['depthwiseKernel', 'pointwiseKernel', 'bias'],
  ],
  ['Embedding', () => builtOn(tf.layers.embedding({ inputDim: 3, outputDim: 2 }), [null, 2]), ['embeddings']],
  [
    'BatchNormalization',
    () => builtOn(tf.layers.batchNormalization(), [null, 2]),
    ['gamma', 'beta', 'movingMean', 'movingVariance'],
  ],
  ['LayerNormalization', () => builtOn(tf.layers.layerNormalization(), [null, 2]), ['gamma', 'beta']],
  ['PReLU', () => builtOn(tf.layers.prelu(), [null, 2]), ['alpha']],
  [
    'SimpleRNNCell',
    () => builtOn(tf.layers.simpleRNNCell({ units: 2, ...zeros }), [null, 2]),
    ['kernel', 'recurrentKernel', 'bias'],
  ],
  [
    'LSTMCell',
    () => builtOn(tf.layers.lstmCell({ units: 2, ...zeros }), [null, 2]),
    ['kernel', 'recurrentKernel', 'bias'],
  ],
  [
    'GRUCell',
    () => builtOn(tf.layers.gruCell({ units: 2, ...zeros }), [null, 2]),
    ['kernel', 'recurrentKernel', 'bias'],
  ],
  [
    'ConvLSTM2DCell',
    () => builtOn(tf.layers.convLstm2dCell({ filters: 1, kernelSize: 2, ...zeros }), image),
    ['kernel', 'recurrentKernel', 'bias'],
  ],
];

const properties = PROPERTIES.flatMap(([className, make, names]): Canary[] => [
  canary({
    field: names.map((name) => `${className}.${name}`).join(', '),
    rule: 'an own property that holds a LayerVariable',
    used: 'core/src/model/weights-of.ts',
    make,
    holds: (layer) => names.every((name) => Object.hasOwn(layer, name) && isLayerVariable(layer[name])),
    plant(layer) {
      layer[`${names[0]}_`] = layer[names[0]!];
      layer[names[0]!] = undefined;
    },
  }),
  canary({
    field: `${className}.getClassName()`,
    rule: `'${className}'`,
    used: 'core/src/model/fans.ts',
    make,
    holds: (layer) => layer.getClassName() === className,
    plant(layer) {
      layer.getClassName = () => `Keras>${className}`;
    },
  }),
]);

const lists = (['_trainableWeights', '_nonTrainableWeights'] as const).flatMap((list): Canary[] => [
  canary({
    field: `Layer.${list}`,
    rule: 'an array of LayerVariables',
    used: 'core/src/parametrize/parametrize.ts',
    make: () => builtOn(tf.layers.batchNormalization(), [null, 2]),
    holds: (layer) => Array.isArray(layer[list]) && layer[list].length === 2 && layer[list].every(isLayerVariable),
    plant(layer) {
      layer[list] = new Set(layer[list]) as unknown as LayerVariableLike[];
    },
  }),
  canary({
    field: `Layer.weights, beside Layer.${list},`,
    rule: 'a list that has what is put into the private one',
    used: 'core/src/parametrize/parametrize.ts',
    make: dense,
    holds(layer) {
      const extra = dense().kernel as LayerVariableLike;
      layer[list].splice(1, 0, extra);
      return layer.weights.includes(extra) && layer.trainableWeights.includes(extra) === (list === '_trainableWeights');
    },
    plant(layer) {
      Object.defineProperty(layer, 'weights', { value: [...layer.weights] });
    },
  }),
]);

const recurrent = (): LayerInternals => {
  const layer = tf.layers.lstm({ units: 2, ...zeros });
  layer.apply(tf.input({ shape: [3, 2] }));
  return layer as unknown as LayerInternals;
};

const reads = (
  [
    ['Dense.kernel', 'kernel', dense, [1, 3]],
    ['Conv2D.kernel', 'kernel', PROPERTIES.find(([name]) => name === 'Conv2D')![1], [1, 4, 4, 2]],
    ['BatchNormalization.gamma', 'gamma', () => builtOn(tf.layers.batchNormalization(), [null, 2]), [1, 2]],
    ['LSTM.cell.recurrentKernel', 'recurrentKernel', recurrent, [1, 3, 2]],
  ] as const
).map(([field, property, make, shape]) =>
  canary({
    field,
    rule: 'what call reads, each time, from the property',
    used: 'core/src/parametrize/parametrize.ts',
    make,
    holds(layer) {
      const holder = (layer.cell ?? layer) as LayerInternals;
      const raw = holder[property] as LayerVariableLike;
      let count = 0;
      const read = (): tf.Tensor => {
        count++;
        return raw.read();
      };
      holder[property] = Object.create(raw, { read: { value: read } });
      apply(layer, tf.ones([...shape]));
      return count > 0;
    },
    plant(layer) {
      layer.call = () => tf.zeros([1, 1]);
    },
  }),
);

const activations = (['Dense', 'Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'SeparableConv2D'] as const).map(
  (className) =>
    canary({
      field: `${className}.activation`,
      rule: 'what call applies last, looked up each time, by apply and getClassName',
      used: 'initializers/src/model/linear-layer.ts',
      make: PROPERTIES.find(([name]) => name === className)![1],
      async holds(layer) {
        const own = layer.activation as { apply(x: tf.Tensor): tf.Tensor; getClassName(): string };
        layer.activation = { apply: (x: tf.Tensor) => tf.onesLike(x), getClassName: () => 'none' };
        const all = await (apply(layer, tf.zeros(className === 'Dense' ? [1, 3] : [1, 4, 4, 2])) as tf.Tensor).data();
        return own.getClassName() === 'linear' && typeof own.apply === 'function' && all.every((value) => value === 1);
      },
      plant(layer) {
        layer.call = () => tf.zeros([1, 1]);
      },
    }),
);

const calls: Canary[] = [
  canary({
    field: 'Layer.call',
    rule: "what a model runs, looked up on the layer's instance, with an object of arguments",
    used: 'core/src/parametrize/wrap-call.ts',
    make: () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] }),
    holds(model) {
      const layer = model.layers[0] as unknown as LayerInternals;
      const { call } = layer;
      let seen: unknown;
      layer.call = (inputs, kwargs) => {
        seen = kwargs;
        return call.call(layer, inputs, kwargs);
      };
      model.predictOnBatch(tf.ones([1, 3]));
      return typeof seen === 'object' && seen !== null;
    },
    plant(model) {
      const layer = model.layers[0]!;
      layer.apply = (x) => tf.layers.dense({ units: 2 }).apply(x as tf.Tensor);
    },
  }),
  canary({
    field: 'kwargs.training of Layer.call',
    rule: 'true in a train step and nothing or false in predict',
    used: 'transfer-freeze/src/freezing/infer-batch-norm.ts',
    make() {
      const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2] })] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      return model;
    },
    async holds(model) {
      const layer = model.layers[0] as unknown as LayerInternals;
      const { call } = layer;
      const seen: unknown[] = [];
      layer.call = (inputs, kwargs) => {
        seen.push(kwargs.training);
        return call.call(layer, inputs, kwargs);
      };
      model.predictOnBatch(tf.ones([2, 2]));
      await model.trainOnBatch(tf.ones([2, 2]), tf.ones([2, 2]));
      return seen.length === 2 && !seen[0] && seen[1] === true;
    },
    plant(model) {
      const layer = model.layers[0]!;
      const { apply: real } = layer;
      layer.apply = (x) => real.call(layer, x, {});
    },
  }),
];

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

const fields: Canary[] = [
  ...(['axis', 'epsilon'] as const).map((field) =>
    canary({
      field: `BatchNormalization.${field}`,
      rule: 'a number',
      used: 'transfer-freeze/src/freezing/infer-batch-norm.ts',
      make: () => builtOn(tf.layers.batchNormalization(), [null, 2]),
      holds: (layer) => isNumber(layer[field]),
      plant(layer) {
        layer[field] = [layer[field]];
      },
    }),
  ),
  canary({
    field: 'BatchNormalization.gamma and beta, without scale and center,',
    rule: 'absent',
    used: 'transfer-freeze/src/freezing/infer-batch-norm.ts',
    make: () => builtOn(tf.layers.batchNormalization({ scale: false, center: false }), [null, 2]),
    holds: ({ gamma, beta, movingMean }) => !gamma && !beta && isLayerVariable(movingMean),
    plant(layer) {
      layer.gamma = layer.movingVariance;
    },
  }),
  canary({
    field: 'LSTMCell.units',
    rule: 'a number',
    used: 'initializers/src/laws/torch-default.ts',
    make: () => recurrent().cell as LayerInternals,
    holds: ({ units }) => units === 2,
    plant(cell) {
      cell.units = undefined;
    },
  }),
  canary({
    field: 'Layer.built',
    rule: 'a flag that build sets',
    used: 'core/src/model/layers-of.ts',
    make: () => tf.layers.dense({ units: 2 }) as unknown as LayerInternals,
    holds(layer) {
      const before = layer.built;
      builtOn(layer as unknown as tf.layers.Layer, [null, 3]);
      return before === false && layer.built === true;
    },
    plant(layer) {
      Object.defineProperty(layer, 'built', { value: undefined, writable: true });
    },
  }),
];

/** Properties in which layers keep other layers. */
const NESTED: readonly [field: string, property: string, make: () => LayerInternals][] = [
  ['RNN.cell', 'cell', recurrent],
  [
    'Bidirectional.forwardLayer',
    'forwardLayer',
    () =>
      builtOn(
        tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2, ...zeros }) as tf.RNN, mergeMode: 'concat' }),
        sequence,
      ),
  ],
  [
    'Bidirectional.backwardLayer',
    'backwardLayer',
    () =>
      builtOn(
        tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2, ...zeros }) as tf.RNN, mergeMode: 'concat' }),
        sequence,
      ),
  ],
  [
    'TimeDistributed.layer',
    'layer',
    () => builtOn(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) }), sequence),
  ],
];

const cells = (): LayerInternals[] =>
  [1, 2].map(() => tf.layers.simpleRNNCell({ units: 2, ...zeros }) as unknown as LayerInternals);

const nested: Canary[] = [
  ...NESTED.map(([field, property, make]) =>
    canary({
      field,
      rule: 'an own property with a layer whose weights the outer layer lists',
      used: 'core/src/model/layers-of.ts',
      make,
      holds(layer) {
        const inner = layer[property];
        const all = new Set(layer.weights);
        return (
          Object.hasOwn(layer, property) &&
          isLayer(inner) &&
          inner.weights.length > 0 &&
          inner.weights.every((weight) => all.has(weight))
        );
      },
      plant(layer) {
        layer[property] = { inner: layer[property] };
      },
    }),
  ),
  canary({
    field: 'StackedRNNCells.cells',
    rule: 'an own array of layers',
    used: 'core/src/model/layers-of.ts',
    make: () =>
      builtOn(tf.layers.stackedRNNCells({ cells: cells() as unknown as ReturnType<typeof tf.layers.lstmCell>[] }), [
        null,
        2,
      ]),
    holds: (layer) => Array.isArray(layer.cells) && layer.cells.length === 2 && layer.cells.every(isLayer),
    plant(layer) {
      layer.cells = new Map(Object.entries(layer.cells as object));
    },
  }),
];

/** What a callback that was made of an instance is told by. */
const callbacks: readonly Canary[] = [
  canary({
    field: 'CustomCallback.trainBegin',
    rule: 'the hook of what it was made of, as the other five are, called as its method',
    used: 'core/src/training/stock-callback.ts',
    make: () => {
      const hooks = {
        onTrainBegin: async () => {},
        onTrainEnd: async () => {},
        onEpochBegin: async () => {},
        onEpochEnd: async () => {},
        onBatchBegin: async () => {},
        onBatchEnd: async () => {},
      };
      return { hooks, made: new tf.CustomCallback(hooks) as unknown as Record<string, unknown> };
    },
    holds: async ({ hooks, made }) => {
      let self: unknown;
      const asks = new tf.CustomCallback({
        onTrainBegin(this: unknown) {
          self = this;
        },
      });
      await asks.onTrainBegin();
      return (
        self === asks &&
        Object.entries(hooks).every(([hook, f]) => made[hook.replace(/^on./, (on) => on[2]!.toLowerCase())] === f)
      );
    },
    plant({ made }) {
      made.trainBegin = async () => {};
    },
  }),
];

export const LAYERS: readonly Canary[] = [
  ...lists,
  ...properties,
  ...reads,
  ...activations,
  ...calls,
  ...fields,
  ...nested,
  ...callbacks,
];
