import { readdirSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { backends } from './scripts/lib/backends.mjs';

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

/** What a project on a backend that needs a set-up adds to the common options. */
const more: Record<string, (facts: Record<string, string>) => object> = {
  // oneDNN announces itself in every file, and sums in another order on every CPU.
  node: () => ({ env: { TF_CPP_MIN_LOG_LEVEL: '3', TF_ENABLE_ONEDNN_OPTS: '0' } }),
  'webgpu-node': ({ icd, loader }) => ({
    env: {
      VK_ICD_FILENAMES: process.env.VK_ICD_FILENAMES ?? icd,
      LD_LIBRARY_PATH: [loader, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    },
    testTimeout: 120_000,
  }),
  'webgpu-browser': ({ executablePath, args }) => ({
    testTimeout: 120_000,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: args as unknown as string[] } }),
      instances: [{ browser: 'chromium' }],
    },
  }),
};

/** The projects whose set-up (scripts/setup-*.mjs) was done on this machine. */
const setUp = backends().flatMap(({ project, facts }) => {
  if (!facts) return [];
  const base = onBackend(project);
  return [{ ...base, test: { ...base.test, ...more[project]?.(facts) } }];
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
      ...setUp,
    ],
  },
});
