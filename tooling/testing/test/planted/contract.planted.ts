import * as tf from '@tensorflow/tfjs';
import { type Contract, testContracts } from '../../src/contracts.ts';

const sound: Omit<Contract, 'name' | 'value'> = {
  title: 'is 1',
  reference: [1],
  tolerance: { atMost: 0, because: 'it is 1' },
  rejects: 'it takes nothing',
};
const one = () => tf.tensor1d([1]);
const kept: tf.Tensor[] = [];

// The first test must fail, and one of each row but the sound one.
testContracts('planted', { uncovered: () => 0 }, [
  { ...sound, name: 'sound', value: one },
  { ...sound, name: 'wrong', value: () => tf.tensor1d([1 + 2 ** -23]) },
  { ...sound, name: 'notNumber', value: () => [Number.NaN], reference: [Number.NaN] },
  { ...sound, name: 'leaky', value: one, leaks: () => kept.push(one()) },
  // In Node WebGPU cannot, and throws; the other backends can.
  { ...sound, name: 'waiting', value: () => tf.tidy(() => tf.tensor1d(tf.abs(tf.tensor1d([-1])).dataSync())) },
  { ...sound, name: 'steep', value: one, gradient: { ...sound, value: () => tf.tensor1d([2]) } },
  { ...sound, name: 'lenient', value: one, rejects: [[() => one(), 'lenient: nothing must pass']] },
]);
