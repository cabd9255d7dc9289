export { readMnist } from './mnist.ts';
export { nodeData } from './node-data.ts';
