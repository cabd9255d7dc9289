import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

// The deep tier, for scripts/test-deep.mjs: the projects `plain`, `cpu` and `wasm` with other tests, which take minutes,
// and every backend with the sweep over stock kernels.
const SWEEP = 'packages/core/deep/kernels.deep.ts';
const DEEP: Record<string, string[]> = {
  plain: [
    'packages/{numerics,checkpoint,viz}/deep/*.deep.ts',
    'examples/*/deep/*.deep.ts',
    'tooling/{testing,zoo}/deep/*.deep.ts',
  ],
  cpu: ['packages/!(numerics|checkpoint|viz)/deep/*.deep.ts'],
  wasm: ['lessons/*.deep.ts', 'lessons/*/*.deep.ts', SWEEP],
  node: [SWEEP],
  'webgpu-node': [SWEEP],
};

const { projects = [] } = config.test ?? {};
export default defineConfig({
  test: {
    projects: projects.flatMap((project) => {
      if (typeof project !== 'object' || !('test' in project)) return [];
      const include = DEEP[`${project.test?.name}`];
      return include ? [{ ...project, test: { ...project.test, include, testTimeout: 600_000 } }] : [];
    }),
  },
});
