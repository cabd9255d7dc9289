import * as tf from '@tensorflow/tfjs';

/** A layer that keeps its weights in no property, two of them under one name. */
export class Hidden extends tf.layers.Layer {
  static className = 'WeightkitTestHidden';
  override build(): void {
    const ones = tf.initializers.ones();
    const list = (this as unknown as { _trainableWeights: tf.LayerVariable[] })._trainableWeights;
    for (const name of ['scale', 'shift']) this.addWeight(name, [1], 'float32', ones);
    // addWeight refuses equal names: a layer can still end up with them by taking over another's.
    const other = tf.layers.dense({ units: 1, inputShape: [1], name: 'scale' });
    other.build([null, 1]);
    list.push((other as unknown as { bias: tf.LayerVariable }).bias);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return Array.isArray(inputs) ? inputs[0]! : inputs;
  }
}
tf.serialization.registerClass(Hidden);

const ramp = (shape: number[], scale: number): tf.Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tidy(() =>
    tf.tensor(
      Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1 + 1.7 * i)),
      shape,
    ),
  );
};

/** Fills every weight with fixed numbers, so that tests need no seed. */
export function fill(model: tf.LayersModel, scale = 0.5): void {
  const values = model.getWeights().map((w, i) => ramp(w.shape, scale / (1 + (i % 3))));
  model.setWeights(values);
  tf.dispose(values);
}

/** Fixed numbers of a shape. */
export const numbers = ramp;

/** One model of each kind of layer that has a kernel, the property and where it stands. */
export const ZOO: {
  name: string;
  make: () => tf.Sequential;
  input: number[];
  property: string;
  path: string;
  /** The kernel that its gradient needs, which wasm lacks for some. */
  needs?: string;
}[] = [
  {
    name: 'Dense',
    make: () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], name: 'l' })] }),
    input: [5, 4],
    property: 'kernel',
    path: 'l/kernel',
  },
  {
    name: 'Conv2D',
    make: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 2], name: 'l' }),
          tf.layers.flatten({ name: 'flat' }),
        ],
      }),
    input: [3, 4, 4, 2],
    property: 'kernel',
    path: 'l/kernel',
    needs: 'Conv2DBackpropFilter',
  },
  {
    name: 'DepthwiseConv2D',
    make: () =>
      tf.sequential({
        layers: [
          tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, inputShape: [4, 4, 2], name: 'l' }),
          tf.layers.flatten({ name: 'flat' }),
        ],
      }),
    input: [3, 4, 4, 2],
    property: 'depthwiseKernel',
    path: 'l/depthwiseKernel',
    needs: 'DepthwiseConv2dNativeBackpropFilter',
  },
  {
    name: 'SimpleRNN',
    make: () => tf.sequential({ layers: [tf.layers.simpleRNN({ units: 3, inputShape: [4, 2], name: 'l' })] }),
    input: [3, 4, 2],
    property: 'recurrentKernel',
    path: 'l/cell/recurrentKernel',
  },
  {
    name: 'LSTM in Bidirectional',
    make: () =>
      tf.sequential({
        layers: [
          tf.layers.bidirectional({
            layer: tf.layers.lstm({ units: 2, recurrentActivation: 'sigmoid' }) as tf.RNN,
            mergeMode: 'concat',
            inputShape: [3, 2],
            name: 'l',
          }),
        ],
      }),
    input: [3, 3, 2],
    property: 'kernel',
    path: 'l/backward/cell/kernel',
  },
  {
    name: 'GRU',
    make: () =>
      tf.sequential({
        layers: [tf.layers.gru({ units: 2, recurrentActivation: 'sigmoid', inputShape: [3, 2], name: 'l' })],
      }),
    input: [3, 3, 2],
    property: 'recurrentKernel',
    path: 'l/cell/recurrentKernel',
  },
  {
    name: 'Embedding',
    make: () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2, name: 'l' }),
          tf.layers.flatten({ name: 'flat' }),
        ],
      }),
    input: [4, 2],
    property: 'embeddings',
    path: 'l/embeddings',
    needs: 'UnsortedSegmentSum',
  },
];

/** An input for a model of the zoo: indices for an embedding, fixed numbers else. */
export const inputFor = ({ name, input }: (typeof ZOO)[number]): tf.Tensor =>
  name === 'Embedding' ? tf.tensor2d([0, 1, 2, 3, 4, 0, 1, 1], [4, 2]) : numbers(input, 1);
