// Shrinks a model that somebody has published: opens its files, stores the weights in fewer bits, writes files of TensorFlow.js again.
// No TensorFlow.js runs here, and a model of any size takes a few megabytes of memory.
//   node shrink.mjs [model.json]        a path or a URL
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';

/** An upscaler for images (ESRGAN, by the authors of UpscalerJS; MIT), from npm by way of a CDN. */
const PUBLISHED = 'https://cdn.jsdelivr.net/npm/@upscalerjs/default-model@1.0.0/models/model.json';

/** By name of the folder: half of the bytes, with which nobody sees a difference, and a quarter. */
const SIZES = {
  half: {}, // the default takes 8 bits where the report says that they do, and 16 where not
  quarter: { dtype: { '**/kernel': 'uint8', '**': 'float16' } },
};

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const published = await openCheckpoint(process.argv[2] ?? process.env.MODEL ?? PUBLISHED);
// The same again, so that one can be compared with the other offline.
await writeCheckpoint(published, 'out/published/model.json', { overwrite: true });
for (const [name, options] of Object.entries(SIZES)) {
  const { checkpoint, report } = await quantizeCheckpoint(published, options);
  await writeCheckpoint(checkpoint, `out/${name}/model.json`, { overwrite: true });
  console.log(
    `${name}: ${kB(report.bytes[0])} to ${kB(report.bytes[1])}, ${report.quantized.length} of its weights in fewer bits`,
  );
}
await published.close();
