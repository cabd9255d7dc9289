// Writes packages/viz/src/report/script.generated.ts: what report() puts into its pages, from src/page/report-page.ts, and its hash,
// by which the page's policy allows it.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './pnpm.mjs';

const FILE = join(root, 'packages/viz/src/report/script.generated.ts');

/** The text of the file. */
export async function pageScript() {
  const { build } = createRequire(join(root, 'e2e/package.json'))('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(root, 'packages/viz/src/page/report-page.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
  });
  const script = outputFiles[0].text.trim();
  // What would end the element, in any letters.
  if (/<\/script|<!--/i.test(script)) throw new Error('page-script: the script must not end its element');
  const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`;
  return `// Written by \`node scripts/page-script.mjs\` from src/page/report-page.ts.

/** What the page of a report runs. */
export const script =
  ${JSON.stringify(script)};

/** By which the page's policy allows it, and nothing else. */
export const scriptHash = ${JSON.stringify(hash)};
`;
}

export { FILE as pageScriptFile };

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(FILE, await pageScript());
