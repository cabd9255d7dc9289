import type { Layer } from './by-hand.ts';

/** The nine numbers that the notebook computes by hand: a network with ReLU in both layers, printed with the right labels. */
export const RELU_NET: Layer[] = [
  {
    kernel: [
      [0.659289538860321, -0.9533336758613586],
      [-0.659289538860321, 0.9533336758613586],
    ],
    bias: [1.3025760914331386e-8, -1.4192625741316078e-8],
    activation: 'relu',
  },
  { kernel: [[1.5167843103408813], [1.0489506721496582]], bias: [-1.9757269598130733e-8], activation: 'relu' },
];

/** The same as the notebook rounds them for its sums. */
export const RELU_NET_ROUNDED: Layer[] = [
  {
    kernel: [
      [0.66, -0.95],
      [-0.66, 0.95],
    ],
    bias: [0, 0],
    activation: 'relu',
  },
  { kernel: [[1.5], [1]], bias: [0], activation: 'relu' },
];

const PRINTED = {
  bias: [-0.9977866411209106, -3.027963876724243],
  rows: [
    [-2.822441339492798, 2.410576105117798],
    [4.310168266296387, -4.205879211425781],
  ],
  output: { kernel: [[1.5188194513320923], [1.6310256719589233]], bias: [-0.34139105677604675] },
};

const sigmoidNet = (kernel: number[][]): Layer[] => [
  { kernel, bias: PRINTED.bias, activation: 'sigmoid' },
  { ...PRINTED.output, activation: 'linear' },
];

/** The network that the notebook trained with PyTorch, its printed rows read as what they are: one per hidden neuron. */
export const TORCH_NET: Layer[] = sigmoidNet([0, 1].map((from) => PRINTED.rows.map((row) => row[from]!)));

/** The same numbers with the labels that the notebook prints, which take the rows for the inputs. */
export const TORCH_NET_AS_LABELED: Layer[] = sigmoidNet(PRINTED.rows);
