import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';

/** What a result was made with: weightkit, TensorFlow.js and Node, each with its version. */
export function versions(): string {
  const core = new URL('../package.json', import.meta.resolve('@weightkit/core'));
  const { version } = JSON.parse(readFileSync(core, 'utf8')) as { version: string };
  return `weightkit ${version}, TensorFlow.js ${tf.version_core}, Node ${process.versions.node}`;
}
