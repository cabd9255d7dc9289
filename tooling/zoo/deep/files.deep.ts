import { join } from 'node:path';
import { openCheckpoint } from '@weightkit/checkpoint';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
import { describe, expect, test } from 'vitest';
import { fetchPackage, rewrite, ZOO } from '../src/index.ts';

describe('files that nobody here made', () => {
  for (const entry of ZOO)
    for (const { file } of entry.models.filter(({ file }) => file.endsWith('model.json')))
      test(`${entry.name} ${file} comes out byte for byte`, async ({ skip }) => {
        const fetched = await fetchPackage(entry);
        if ('reason' in fetched) return skip(fetched.reason);
        const { sameJson, sameWeights } = await rewrite(join(fetched.folder, file));
        expect({ sameJson, sameWeights }).toEqual({ sameJson: true, sameWeights: true });
      });
});

describe('handtrackjs publishes one model in three precisions, made by the converter', () => {
  const entry = ZOO.find(({ name }) => name === 'handtrackjs')!;
  for (const size of ['ssd320fpnlite', 'ssd640fpnlite'])
    for (const [folder, dtype] of [
      ['int8', 'uint8'],
      ['fp16', 'float16'],
    ] as const)
      test(`quantizeCheckpoint of ${size} as ${dtype} is its own ${folder} file: order, scales, every code`, async ({
        skip,
      }) => {
        const fetched = await fetchPackage(entry);
        if ('reason' in fetched) return skip(fetched.reason);
        const at = (name: string): string => join(fetched.folder, 'models/webmodel', size, name, 'model.json');
        const source = await openCheckpoint(at('base'));
        const published = await openCheckpoint(at(folder));
        const { checkpoint } = await quantizeCheckpoint(source, { dtype });
        expect(checkpoint.tensors.map(({ name, shape, encoding }) => ({ name, shape, encoding }))).toEqual(
          published.tensors.map(({ name, shape, encoding }) => ({ name, shape, encoding })),
        );
        let codes = 0;
        for (const [i, tensor] of checkpoint.tensors.entries()) {
          const [made, wanted] = await Promise.all([tensor.bytes(), published.tensors[i]!.bytes()]);
          expect(Buffer.compare(made, wanted), tensor.name).toBe(0);
          codes += made.length;
        }
        expect(codes).toBeGreaterThan(2_900_000);
        await Promise.all([source.close(), published.close()]);
      });
});
