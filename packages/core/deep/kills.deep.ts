import { expect, it } from 'vitest';
import * as files from '../src/node.ts';
import { killAtRandom } from '../test/save/kills.ts';

it('fileSystem leaves the earlier model or the new one whole at 200 kills at random moments', async () => {
  const { saved } = await killAtRandom(files, 200);
  expect(saved).toBeGreaterThan(40);
});
