// A CommonJS module in TypeScript takes the packages too.
import tf = require('@tensorflow/tfjs');
import pruning = require('@weightkit/pruning');

export const masked: Promise<tf.Tensor> = pruning.mask(tf.tensor1d([3, -1]), { sparsity: 0.5 });
