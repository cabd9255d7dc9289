/** A dense layer in numbers. */
export interface Layer {
  /** `kernel[from][to]`, as TensorFlow.js keeps it. PyTorch keeps `weight[to][from]`. */
  kernel: number[][];
  bias: number[];
  activation: 'sigmoid' | 'relu' | 'linear';
}

/** One neuron computed by hand: sum = bias + products, output = activation(sum). */
export interface Neuron {
  name: string;
  bias: number;
  terms: { from: string; input: number; weight: number; product: number }[];
  sum: number;
  activation: Layer['activation'];
  output: number;
}

const ACTIVATIONS = {
  sigmoid: (sum: number) => 1 / (1 + Math.exp(-sum)),
  relu: (sum: number) => Math.max(0, sum),
  linear: (sum: number) => sum,
};

/** Every neuron of the network for one input, layer by layer: the sum of bias and weighted inputs, then the activation. */
export function byHand(layers: readonly Layer[], x: readonly number[]): Neuron[] {
  const neurons: Neuron[] = [];
  let values = x;
  layers.forEach(({ kernel, bias, activation }, l) => {
    const layer = bias.map((b, to): Neuron => {
      const terms = kernel.map((row, from) => {
        const [input, weight] = [values[from]!, row[to]!];
        return { from: `L${l}N${from}`, input, weight, product: weight * input };
      });
      const sum = terms.reduce((total, { product }) => total + product, b);
      return { name: `L${l + 1}N${to}`, bias: b, terms, sum, activation, output: ACTIVATIONS[activation](sum) };
    });
    values = layer.map(({ output }) => output);
    neurons.push(...layer);
  });
  return neurons;
}
