/** Words of the lessons in a sentence or two each; pages show them where a word is hovered. */
export const GLOSSARY = {
  backend:
    'What computes: WebGPU on a graphics card, WebAssembly (WASM) on the processor, or plain JavaScript (CPU). The results are the same up to rounding.',
  batch: 'The examples of one training step: the gradient is the mean over them.',
  bias: 'A number that a unit adds to its weighted inputs.',
  'condition number':
    'The largest singular value of a matrix over its smallest: how unevenly it stretches its inputs. 1 is even; very large is close to losing a direction.',
  epoch: 'One pass over all training examples.',
  'fan-in': 'How many inputs a unit has: the number of weights that are summed in it.',
  initializer:
    'What gives weights their first values: a law from which they are drawn, or a rule that also looks at data.',
  kernel:
    'The matrix of weights of a layer. TensorFlow.js keeps a row for each input and a column for each unit; PyTorch has it the other way round and calls it weight.',
  'learning rate': 'How long a step is: the gradient is multiplied by it.',
  parameter: 'A number that training changes: a weight or a bias.',
  penalty:
    'What is added to the loss for large weights, times a strength λ: training then keeps them small, unless they are worth it.',
  plateau: 'A stretch of training in which the loss hardly falls.',
  scale:
    'How large numbers are: the root of the mean of their squares. For numbers around 0 it is their standard deviation.',
  seed: 'The number from which all random numbers of a run are made. The same seed gives the same run again.',
  ulp: 'Unit in the last place: the step from a floating-point number to the next one that can be stored. At 1 it is 1.2 · 10⁻⁷.',
  unit: 'One neuron of a layer: it adds up its weighted inputs and its bias, and puts the sum through an activation.',
} as const;
