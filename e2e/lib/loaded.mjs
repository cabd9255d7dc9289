// What a page built by Vite loads of a package, step by step: its entry, and what it imports when it needs it.
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const ENTRY = '\0page.js';

/** The chunks of a page, by file name. */
async function chunksOf(folder, code) {
  const { output } = await build({
    configFile: false,
    root: folder,
    logLevel: 'silent',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? ENTRY : null),
        load: (id) => (id === ENTRY ? code : null),
      },
    ],
    build: { write: false, rollupOptions: { input: 'page' } },
  });
  return new Map(output.filter(({ type }) => type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
}

/**
 * Gzipped bytes of JavaScript that a page has loaded after each step, Vite's own included.
 *
 * @param folder - with the packages installed
 * @param code - of the page
 * @param steps - of each, the modules that are imported when they are needed and no earlier, as the ends of their paths
 */
export async function loaded(folder, code, steps) {
  const chunks = await chunksOf(folder, code);
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
  const seen = new Set();
  const load = (file) => {
    const chunk = chunks.get(file);
    if (!chunk || seen.has(chunk)) return;
    seen.add(chunk);
    for (const needed of chunk.imports) load(needed);
  };
  const bytes = () => [...seen].reduce((sum, { code: text }) => sum + gzipSync(text, { level: 9 }).length, 0);
  load(entry.fileName);
  return steps.map((ends) => {
    for (const end of ends) {
      const found = [...chunks.values()].find(({ modules }) => Object.keys(modules).some((id) => id.endsWith(end)));
      if (!found) throw new Error(`no module of the page ends in ${end}`);
      load(found.fileName);
    }
    return bytes();
  });
}
