import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// They measure how long a page takes, so nothing runs beside them.
const TIMED = ['test/home.test.ts', 'test/lesson-opens.test.ts', 'test/lessons.test.ts'];
const common = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  isolate: false,
  // One second, the default, is short on a shared machine.
  expect: { poll: { timeout: 15_000 } },
};

// On the built site, in the Chromium of scripts/setup-browser.mjs.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'site pages',
          include: ['test/**/*.test.ts'],
          exclude: TIMED,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...common, name: 'site', include: TIMED, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
