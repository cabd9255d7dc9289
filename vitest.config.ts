import { readdirSync } from 'node:fs';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const here = (path: string) => new URL(path, import.meta.url).pathname;

// Tests run on the sources, so that a change needs no build; `scripts/ci.mjs` tests the built packages too.
const alias = readdirSync(here('./packages')).flatMap((name) => [
  { find: new RegExp(`^@weightkit/${name}$`), replacement: here(`./packages/${name}/src/index.ts`) },
  {
    find: new RegExp(`^@weightkit/${name}/((?!package\\.json).+)$`),
    replacement: here(`./packages/${name}/src/$1.ts`),
  },
]);

const withTensors = [
  'core',
  'initializers',
  'weight-metrics',
  'pruning',
  'quantization',
  'weightnorm',
  'transfer-freeze',
];
const testsOf = (names: string[]) => names.map((name) => `packages/${name}/test/**/*.test.ts`);

/** One project per backend: the same tests, another set-up file. */
const onBackend = (backend: string): TestProjectConfiguration => ({
  resolve: { alias },
  test: {
    name: backend,
    include: [...testsOf(withTensors), 'lessons/*/*.test.ts'],
    setupFiles: [here(`./tooling/testing/src/setup/${backend}.ts`)],
    testTimeout: 30_000,
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'plain',
          include: [
            ...testsOf(['numerics', 'viz']),
            'tooling/*/test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'scripts/test/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      onBackend('cpu'),
      onBackend('wasm'),
    ],
  },
});
