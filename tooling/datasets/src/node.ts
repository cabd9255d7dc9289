export { readMnist } from './mnist.ts';
export { type NodeDataOptions, nodeData } from './node-data.ts';
export { readPictures } from './read-pictures.ts';
