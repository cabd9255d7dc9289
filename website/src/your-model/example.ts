import type { Given } from './given.ts';

/** The model that is one click away: files below static/generated/your-model/, which scripts/your-model.mjs puts there. */
export const EXAMPLE = {
  title: 'the image upscaler of UpscalerJS',
  license: 'MIT, © 2022 Kevin Scott',
  address: 'https://www.npmjs.com/package/@upscalerjs/default-model',
  files: ['model.json', 'group1-shard1of1.bin'],
} as const;

/** Its files, as if they had been dropped. */
export async function exampleFiles(folder: string): Promise<Given[]> {
  return Promise.all(
    EXAMPLE.files.map(async (name) => {
      const response = await fetch(`${folder}${name}`).catch(() => undefined);
      if (!response?.ok)
        throw new Error('The example could not be loaded. Try it again, or choose a model of your own.');
      return { path: name, file: new File([await response.blob()], name) };
    }),
  );
}
