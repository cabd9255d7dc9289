import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { backends, type Facts } from './scripts/lib/backends.mjs';
import { packagesOf } from './scripts/lib/packages.mjs';

const here = (path: string) => new URL(path, import.meta.url).pathname;
const packages = packagesOf(here('.'));

// Tests run on the sources, so that a change needs no build; `scripts/ci.mjs` tests the built packages too.
const folders = [
  ...packages.filter(({ kind }) => kind === 'library').map(({ folder }) => ({ name: basename(folder), folder })),
  ...['datasets', 'lesson'].map((name) => ({ name, folder: here(`./tooling/${name}`) })),
];
const alias = folders.flatMap(({ name, folder }) => [
  { find: new RegExp(`^@weightkit/${name}$`), replacement: `${folder}/src/index.ts` },
  {
    find: new RegExp(`^@weightkit/${name}/((?!package\\.json).+)$`),
    replacement: `${folder}/src/$1.ts`,
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
const lessons = ['lessons/*.test.ts', 'lessons/*/*.test.ts'];
// npm test samples them (scripts/lib/affected.mjs): more on wasm, where their numbers were made, than on cpu and tfjs-node.
const { WEIGHTKIT_WALK: walk } = process.env;
const { lessons: walked, opened } = JSON.parse(walk || '{}') as { lessons?: string[]; opened?: string[] };
const lessonsOn = (backend: string) => {
  const chosen = backend === 'wasm' ? opened : walked;
  if (!chosen) return lessons;
  // The tests that go through lessons one by one are a file without a test where there is none to go through.
  const through = chosen.length > 0 ? 'lessons/*.test.ts' : 'lessons/!(lessons).test.ts';
  return [through, ...chosen.map((name) => `lessons/${name}/*.test.ts`)];
};
const contracts = ['tooling/testing/contracts/*.test.ts'];
// The tour without its files.
const pipeline = 'examples/tour/test/pipeline.test.ts';
// What packages do to files has no backend.
const fileSides = ['packages/*/test/checkpoint/**/*.test.ts', 'packages/*/test/tensorboard/**/*.test.ts'];
const commands = packages.filter(({ kind }) => kind === 'command').map(({ folder }) => basename(folder));
const testsOf = (names: string[]) => names.map((name) => `packages/${name}/test/**/*.test.ts`);

type Project = Extract<TestProjectConfiguration, { test?: unknown }>;

// WebGPU first, its browser beside its Node; then the others. Vitest leaves one processor to itself, which is half of a small machine.
const ON_DEVICE = { maxWorkers: 1, sequence: { groupOrder: 0 } };
const IN_MEMORY = { maxWorkers: Math.max(2, availableParallelism() - 1), sequence: { groupOrder: 1 } };

/** One project per backend: the same tests, another set-up file. Loading tfjs takes a second, so the files share a process. */
const onBackend = (backend: string, { exclude = [], ...options }: Project['test'] = {}): Project => ({
  resolve: { alias },
  test: {
    name: backend,
    include: [...testsOf(withTensors), ...contracts, ...lessonsOn(backend), pipeline],
    exclude: [...fileSides, ...exclude],
    setupFiles: [here(`./tooling/testing/src/setup/${backend}.ts`)],
    testTimeout: 30_000,
    isolate: false,
    ...IN_MEMORY,
    ...options,
  },
});

/** The browser reads goldens through its test server, and leaves out the tests of what only Node has. */
const inBrowser = ({ executablePath, args }: Facts): Project => {
  const project = onBackend('webgpu-browser', {
    include: [...testsOf(withTensors), ...contracts, pipeline, 'packages/viz/browser/*.test.ts'],
    exclude: [
      'packages/core/test/save/{file-bytes,file-path,file-system,make-folder,weight-files,write-model}.test.ts',
      'packages/quantization/test/model/save.test.ts',
      'packages/transfer-freeze/test/features/folder.test.ts',
      ...lessons,
    ],
    testTimeout: 120_000,
    ...ON_DEVICE,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args } }),
      instances: [{ browser: 'chromium' }],
    },
  });
  const fs = { find: /^node:fs$/, replacement: here('./tooling/testing/src/browser/fs.ts') };
  return { ...project, resolve: { alias: [...alias, fs] } };
};

// WebGPU leaves the lessons out: they train, for minutes on SwiftShader.
const needSetUp: Record<string, (facts: Facts) => Project> = {
  // oneDNN would announce itself, and sum in another order on every CPU.
  node: () => onBackend('node', { env: { TF_CPP_MIN_LOG_LEVEL: '3', TF_ENABLE_ONEDNN_OPTS: '0' } }),
  'webgpu-node': ({ icd, loader = '' }) =>
    onBackend('webgpu-node', {
      ...ON_DEVICE,
      exclude: lessons,
      env: {
        VK_ICD_FILENAMES: process.env.VK_ICD_FILENAMES ?? icd,
        LD_LIBRARY_PATH: [loader, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      },
      testTimeout: 120_000,
    }),
  'webgpu-browser': inBrowser,
};

/** The projects whose set-up (scripts/setup-*.mjs) was done on this machine. */
const setUp = backends().flatMap(({ project, facts }) => (facts ? (needSetUp[project]?.(facts) ?? []) : []));

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'plain',
          ...IN_MEMORY,
          isolate: false,
          include: [
            ...testsOf(['numerics', 'checkpoint', 'viz', ...commands]),
            ...fileSides,
            'tooling/*/test/**/*.test.ts',
            'tooling/testing/contracts/plain/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'scripts/test/**/*.test.ts',
          ],
          exclude: [pipeline],
          setupFiles: [here('./tooling/testing/src/setup/plain.ts')],
          testTimeout: 30_000,
        },
      },
      onBackend('cpu'),
      onBackend('wasm'),
      ...setUp,
    ],
  },
});
