import { describe, expect, it } from 'vitest';
import { version } from './canaries/canary.ts';
import { LAYERS } from './canaries/layers.ts';
import { MODELS } from './canaries/models.ts';
import { VARIABLES } from './canaries/variables.ts';
import { WEBGPU } from './canaries/webgpu.ts';

const CANARIES = [...LAYERS, ...VARIABLES, ...MODELS, ...WEBGPU()];

describe('what tfjs does not promise and the packages use', () => {
  for (const canary of CANARIES)
    it(`${canary.field} is ${canary.rule}`, async () => {
      expect(await canary.complaint()).toBeUndefined();
    });
});

describe('a canary complains of a planted change and names the version', () => {
  for (const canary of CANARIES)
    it(`${canary.field} that is not ${canary.rule}`, async () => {
      const complaint = `tfjs ${version}: ${canary.field} is not ${canary.rule} any more`;
      expect((await canary.complaint(true)) ?? '').toContain(complaint);
    });
});
