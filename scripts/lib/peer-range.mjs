// The range of TensorFlow.js that the packages take as a peer.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The one range that all packages of a folder give for tfjs; an error when they differ. */
export function peerRange(folder) {
  const ranges = readdirSync(folder).flatMap((name) => {
    const { peerDependencies = {} } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
    return Object.entries(peerDependencies).flatMap(([peer, range]) =>
      peer.startsWith('@tensorflow/') ? [{ name, peer, range }] : [],
    );
  });
  const different = [...new Set(ranges.map(({ range }) => range))];
  if (different.length === 1) return different[0];
  const list = ranges.map(({ name, peer, range }) => `${name}: ${peer} ${range}`).join(', ');
  throw new Error(`test-matrix: all packages must have one peer range of tfjs, got ${list || 'none'}`);
}

/** Orders released versions: `4.9.0` before `4.22.0`. */
export function byVersion(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const i = x.findIndex((part, k) => part !== y[k]);
  return i < 0 ? 0 : x[i] - y[i];
}
