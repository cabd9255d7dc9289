import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// On the built site, in the Chromium of scripts/setup-browser.mjs. One after the other: they measure time.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    name: 'site',
    include: ['test/**/*.test.ts'],
    fileParallelism: false,
    isolate: false,
    // One second, the default, is short on a shared machine.
    expect: { poll: { timeout: 15_000 } },
  },
});
