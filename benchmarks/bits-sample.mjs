// The run of bits.mjs that a test makes again.
import { readMnist } from '@weightkit/datasets/node';
import { sampleOf } from './bits-cases.mjs';

export const measureSample = async () => sampleOf(await readMnist());
