import type * as tf from '@tensorflow/tfjs-core';
import { jsonPath } from './file-path.ts';
import { readModel } from './read-model.ts';
import { writeModel } from './write-model.ts';

/**
 * Saves to and loads from a folder on disk, in Node and without tfjs-node: `model.json` and a weight file beside it, the
 * standard files that browsers and tfjs-node load too.
 *
 * Weight files belong to one JSON file: those of `a.json` are called `a.weights-` and 16 random digits. A save writes new
 * ones and then replaces the JSON at one stroke, so that a failure or a kill at any moment leaves the earlier model whole, and
 * of two saves at once, in one process or in two, one. It deletes only what earlier saves of the same JSON file wrote, and
 * nothing that another JSON file in the folder names.
 *
 * Loading refuses JSON that is broken, files outside the folder, and weight files of another length than the JSON says, which
 * stock loaders read as garbage; nothing of the size of the JSON's claims is allocated before the files are known to have it.
 *
 * @example
 * await saveFolded(model, fileSystem('out/model'));
 * const again = await tf.loadLayersModel(fileSystem('out/model'));
 *
 * @param path - the folder, or the JSON file in it when it ends in `.json` (`model.json` else); also as a `file:` URL, in
 * text as tfjs-node takes it (`file://out/model`, percent escapes decoded) or as a `URL`
 * @returns a handler for `model.save`, `tf.loadLayersModel`, `saveFolded`
 * @throws TypeError or RangeError for another URL, or a path of another system
 */
export function fileSystem(path: string | URL): Required<Pick<tf.io.IOHandler, 'load' | 'save'>> {
  const json = jsonPath('fileSystem', path);
  return {
    save: (artifacts) => writeModel(json, artifacts),
    load: () => readModel(json),
  };
}
