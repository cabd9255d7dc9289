// What the examples of doc comments may take for granted beside the exports of their package and of @weightkit/core: `tf`, a
// compiled `model` with layers dense1, encoder and out, data `x` and `y` for it, and a `layer`.

import { FIXTURE } from './fixture-code.mjs';

const names = Object.keys(FIXTURE);

/** Fresh for each example. */
export const fixture = new Function('tf', `${Object.values(FIXTURE).join('\n')}\nreturn { ${names.join(', ')} };`);

/** Takes what browsers save to, and keeps nothing. */
export function takeDownloads(tf) {
  const taken = tf.io.withSaveHandler(async () => ({ modelArtifactsInfo: { dateSaved: new Date() } }));
  tf.io.registerSaveRouter((url) => (/^(downloads|indexeddb|localstorage):\/\//.test(url) ? taken : null));
}
