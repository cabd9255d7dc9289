import * as tf from '@tensorflow/tfjs';
import { artifactsOf } from '@weightkit/testing';
import { stablePaths } from '../../src/model/stable-paths.ts';
import type { GraphModelInternals, GraphModelLike, LayerInternals } from '../../src/model/types.ts';
import { type Canary, canary } from './canary.ts';

const dense = (inputShape?: number[]): tf.layers.Layer =>
  tf.layers.dense(inputShape ? { units: 2, inputShape } : { units: 2 });

/** The smallest graph: y = x K. */
function graphModel(): Promise<GraphModelLike> {
  const float = { type: 'DT_FLOAT' };
  const node = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: { dtype: float, shape: { shape: { dim: [{ size: '-1' }, { size: '2' }] } } },
    },
    { name: 'k', op: 'Const', attr: { dtype: float, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: {} } } } },
    {
      name: 'y',
      op: 'MatMul',
      input: ['x', 'k'],
      attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } },
    },
  ];
  return tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: { node, versions: { producer: 1 } },
      weightSpecs: [{ name: 'k', shape: [2, 2], dtype: 'float32' }],
      weightData: Float32Array.of(1, 2, 3, 4).buffer,
    }),
  ) as unknown as Promise<GraphModelLike>;
}

type Initializer = ReturnType<typeof tf.initializers.zeros>;
type Base = new () => Initializer;

/** A class over the base that is found behind an instance, and how often its copies were told of the symbol. */
function initializerOn(base: Base) {
  const RIDER = Symbol('rider');
  const seen: boolean[] = [];
  class Canaried extends base {
    static readonly className = 'WeightkitCanary';
    static fromConfig<T extends tf.serialization.Serializable>(
      cls: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      seen.push(RIDER in config);
      return new (cls as unknown as new () => T)();
    }
    override apply(shape: number[]): tf.Tensor {
      return tf.zeros(shape);
    }
    override getConfig(): tf.serialization.ConfigDict {
      return { [RIDER]: true } as unknown as tf.serialization.ConfigDict;
    }
  }
  tf.serialization.registerClass(Canaried as unknown as tf.serialization.SerializableConstructor<Initializer>);
  return { make: () => new Canaried(), seen };
}

const baseOf = () => ({ Base: Object.getPrototypeOf(tf.initializers.zeros().constructor) as Base });

/** Names that tfjs makes up, and what `stablePaths` makes of them. */
const NAMES: readonly [string, () => { name: string }, string][] = [
  ['Dense', () => dense(), 'dense_Dense#1'],
  ['Conv2D', () => tf.layers.conv2d({ filters: 1, kernelSize: 1 }), 'conv2d_Conv2D#1'],
  ['BatchNormalization', () => tf.layers.batchNormalization(), 'batch_normalization_BatchNormalization#1'],
  ['LSTM', () => tf.layers.lstm({ units: 1 }), 'lstm_LSTM#1'],
  ['Sequential', () => tf.sequential(), 'sequential_#1'],
  [
    'LayersModel',
    () => {
      const x = tf.input({ shape: [2] });
      return tf.model({ inputs: x, outputs: dense().apply(x) as tf.SymbolicTensor });
    },
    'model#1',
  ],
];

const names: Canary[] = NAMES.map(([className, make, stable]) =>
  canary({
    field: `${className}.name, where nobody gave one,`,
    rule: `a name that stablePaths reads as ${stable}`,
    used: 'core/src/model/stable-paths.ts',
    make: () => ({ name: make().name }),
    holds: ({ name }) => stablePaths([name])[0] === stable,
    plant: ({ name }) => ({ name: name.replace(/\d+$/, '-$&') }),
  }),
);

const containers: Canary[] = [
  canary({
    field: 'Sequential.layers',
    rule: 'an array of layers, built where the input shape is known',
    used: 'core/src/model/layers-of.ts',
    make: () => tf.sequential({ layers: [dense([3]), dense()] }),
    holds: ({ layers }) =>
      Array.isArray(layers) &&
      layers.length === 2 &&
      layers.every((layer) => (layer as unknown as LayerInternals).built && layer.weights.length === 2),
    plant(model) {
      Object.defineProperty(model, 'layers', { value: Object.fromEntries(model.layers.entries()) });
    },
  }),
  canary({
    field: 'GraphModel.weights and modelSignature',
    rule: 'lists of tensors by name, and a property',
    used: 'core/src/model/weights-of.ts',
    make: graphModel,
    holds: (model) => 'modelSignature' in model && model.weights.k?.[0] instanceof tf.Tensor,
    plant: (model) => ({
      modelSignature: model.modelSignature,
      weights: { k: model.weights.k![0] as unknown as tf.Tensor[] },
    }),
  }),
  canary({
    field: 'GraphModel.executor.graph.nodes',
    rule: 'nodes by name, with op, inputs, children and attrParams',
    used: 'core/src/model/graph-layouts.ts',
    make: graphModel,
    holds(model) {
      const { k, y } = (model as GraphModelInternals).executor!.graph!.nodes!;
      return (
        y!.op === 'MatMul' && y!.inputs[1] === k && k!.children[0] === y && y!.attrParams.transposeB?.value === false
      );
    },
    plant: (model) => ({ ...model, executor: { graph: { nodes: {} } } }),
  }),
  canary({
    field: 'GraphModel.executor.weightMap',
    rule: 'the weights by name, whose setting makes the list of ids anew that a run with control flow keeps',
    used: 'core/src/model/graph-slots.ts',
    make: graphModel,
    holds(model) {
      const { executor } = model as GraphModelInternals;
      const other = tf.ones([2, 2]);
      executor!.weightMap = { ...model.weights, k: [other] };
      return (
        model.weights.k![0] === other && (executor as unknown as { weightIds: number[] }).weightIds.includes(other.id)
      );
    },
    plant: (model) => ({ ...model, weights: model.weights, executor: { weightMap: model.weights } }),
  }),
  canary({
    field: 'GraphModel.artifacts',
    rule: 'what it was loaded from',
    used: 'core/src/save/checkpoint-of.ts',
    make: graphModel,
    holds: (model) => {
      const { modelTopology } = (model as GraphModelInternals).artifacts ?? {};
      return Array.isArray((modelTopology as { node?: unknown } | undefined)?.node);
    },
    plant: (model) => ({ ...model, artifacts: {} }),
  }),
  canary({
    field: "LayersModel.save's generatedBy, format and metadata",
    rule: "layers-model, tfjs-layers and the version in the topology's keras_version, and userDefinedMetadata",
    used: 'core/src/save/checkpoint-of.ts',
    make: async () => {
      const model = tf.sequential({ layers: [dense([3])] });
      model.setUserDefinedMetadata({ note: 1 });
      const { userDefinedMetadata: kept } = model as unknown as { userDefinedMetadata?: unknown };
      return { kept, saved: await artifactsOf((handler) => model.save(handler)) };
    },
    holds({ kept, saved: { format, generatedBy, convertedBy, userDefinedMetadata, modelTopology } }) {
      const { keras_version: version } = modelTopology as { keras_version: string };
      return (
        format === 'layers-model' &&
        convertedBy === null &&
        generatedBy === `TensorFlow.js ${version.replace(' ', ' v')}` &&
        JSON.stringify(kept) === JSON.stringify(userDefinedMetadata)
      );
    },
    plant: ({ kept, saved }) => ({ kept, saved: { ...saved, generatedBy: 'TensorFlow.js' } }),
  }),
  canary({
    field: 'Variable.dataId',
    rule: 'another one after each assign',
    used: 'core/src/save/live-tensor.ts',
    make: () => ({ variable: tf.variable(tf.zeros([2])) as { dataId: object; assign(value: tf.Tensor): void } }),
    holds({ variable }) {
      const before = variable.dataId;
      variable.assign(tf.ones([2]));
      return variable.dataId !== before;
    },
    plant: () => ({ variable: { dataId: {}, assign: () => {} } }),
  }),
  canary({
    field: "LayersModel.save's topology",
    rule: 'one whose layers name their initializers as `kernel_initializer: {class_name, config}`',
    used: 'core/src/save/stock-topology.ts',
    make: async () => {
      const { modelTopology } = await artifactsOf((handler) => tf.sequential({ layers: [dense([3])] }).save(handler));
      return modelTopology as { config: { layers: { config: Record<string, { class_name?: string }> }[] } };
    },
    holds: ({ config }) => typeof config.layers[0]?.config.kernel_initializer?.class_name === 'string',
    plant({ config }) {
      const layer = config.layers[0]!.config;
      layer.kernelInitializer = layer.kernel_initializer!;
      delete layer.kernel_initializer;
    },
  }),
  canary({
    field: "LayersModel.save's weight names",
    rule: "the variables' originalName, in the order of `weights`",
    used: 'core/src/save/folded-artifacts.ts',
    make: async () => {
      const model = tf.sequential({ layers: [dense([3])] });
      const { weightSpecs } = await artifactsOf((handler) => model.save(handler));
      return { saved: weightSpecs!.map(({ name }) => name), wanted: model.weights.map((one) => one.originalName) };
    },
    holds: ({ saved, wanted }) => saved.join() === wanted.join(),
    plant: ({ saved, wanted }) => ({ saved: saved.map((name) => `layers/${name}`), wanted }),
  }),
];

const initializers: Canary[] = [
  canary({
    field: 'the class behind initializers.zeros()',
    rule: 'the base that a layer accepts an initializer by',
    used: 'initializers/src/layers/layer-initializer.ts',
    make: baseOf,
    holds({ Base }) {
      const layer = tf.layers.dense({ units: 1, kernelInitializer: initializerOn(Base).make() });
      layer.build([null, 2]);
      return layer.getWeights()[0]!.shape.join() === '2,1';
    },
    plant: () => ({ Base: class {} as unknown as Base }),
  }),
  canary({
    field: "Bidirectional's copy of an initializer",
    rule: 'made with fromConfig from the very object that getConfig gave',
    used: 'initializers/src/layers/layer-initializer.ts',
    make: () => ({ ...baseOf(), Wrapper: tf.layers.bidirectional }),
    holds({ Base, Wrapper }) {
      const { make, seen } = initializerOn(Base);
      const layer = tf.layers.lstm({ units: 1, kernelInitializer: make(), recurrentInitializer: 'zeros' });
      Wrapper({ layer: layer as tf.RNN, mergeMode: 'concat' });
      return seen.length > 0 && seen.every((rides) => rides);
    },
    plant: ({ Base, Wrapper }) => ({
      Base: class extends Base {
        override getConfig() {
          return {};
        }
      },
      Wrapper: (args: Parameters<typeof Wrapper>[0]) => {
        JSON.parse(JSON.stringify(args.layer.getConfig()));
        return tf.layers.timeDistributed({ layer: dense() }) as unknown as ReturnType<typeof Wrapper>;
      },
    }),
  }),
  canary({
    field: 'serialization.SerializationMap.getMap().classNameMap',
    rule: 'where registerClass puts a class by its name',
    used: 'initializers/src/layers/layer-initializer.ts',
    make() {
      initializerOn(baseOf().Base);
      return { map: tf.serialization.SerializationMap.getMap().classNameMap as object };
    },
    holds: ({ map }) => 'WeightkitCanary' in map,
    plant: () => ({ map: {} }),
  }),
];

const engine: Canary[] = [
  canary({
    field: 'engine().state.registeredVariables',
    rule: 'the live variables by name',
    used: 'tooling/testing/src/tensors.ts',
    make: () => ({ variables: () => tf.engine().state.registeredVariables as Record<string, tf.Variable> }),
    holds({ variables }) {
      const { name } = tf.variable(tf.scalar(1));
      const there = variables()[name] instanceof tf.Variable;
      variables()[name]?.dispose();
      return there && !(name in variables());
    },
    plant: () => ({ variables: (): Record<string, tf.Variable> => ({}) }),
  }),
  canary({
    field: 'engine().state.activeTape',
    rule: 'what a gradient that failed leaves, with the tensors that each step saved, at depth 0',
    used: 'initializers/src/signal/signal-backward.ts',
    make: () => ({
      state: () => tf.engine().state as unknown as { gradientDepth: number; activeTape: object[] | null },
    }),
    holds({ state }) {
      const failing = tf.customGrad((x) => {
        const gradFunc = (): tf.Tensor => {
          throw new Error('no gradient');
        };
        return { value: tf.mul(x as tf.Tensor, 2), gradFunc };
      });
      try {
        tf.grad((x) => failing(tf.exp(x)))(tf.ones([1]));
      } catch {
        // On purpose.
      }
      const { gradientDepth, activeTape } = state();
      const saved = (activeTape ?? []).flatMap((node) => (node as { saved?: tf.Tensor[] }).saved ?? []);
      const live = saved.length > 0 && saved.every((tensor) => tensor instanceof tf.Tensor && !tensor.isDisposed);
      tf.dispose(saved);
      state().activeTape = null;
      return gradientDepth === 0 && live;
    },
    plant: () => ({ state: () => ({ gradientDepth: 1, activeTape: null as object[] | null }) }),
  }),
  canary({
    field: 'engine().registryFactory',
    rule: 'the backends by name',
    used: 'tooling/testing/src/other-backends.ts',
    make: () => ({ factories: tf.engine().registryFactory as object }),
    holds: ({ factories }) => tf.getBackend() in factories,
    plant: () => ({ factories: {} }),
  }),
  canary({
    field: 'KernelConfig.kernelFunc',
    rule: 'what runs, looked up at each call',
    used: 'tooling/testing/src/other-backends.ts',
    make: () => ({ kernel: tf.getKernel('Abs', tf.getBackend()) as { kernelFunc: tf.KernelFunc } }),
    holds({ kernel }) {
      const { kernelFunc } = kernel;
      let calls = 0;
      kernel.kernelFunc = (call) => {
        calls++;
        return kernelFunc(call);
      };
      tf.abs(tf.ones([1]));
      kernel.kernelFunc = kernelFunc;
      return calls === 1;
    },
    plant: ({ kernel }) => ({ kernel: { ...kernel } }),
  }),
];

export const MODELS: readonly Canary[] = [...names, ...containers, ...initializers, ...engine];
