import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * A program on the packages of this repository as one file for Node, made from their sources: for child processes of tests.
 *
 * @param contents - the program, an ES module
 * @param outfile - where it goes
 * @param more - other options of esbuild
 */
export const bundleSources = (contents: string, outfile: string, more: BuildOptions = {}) =>
  build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    absWorkingDir: root,
    plugins: [
      {
        name: 'sources',
        setup({ onResolve }) {
          onResolve({ filter: /^@weightkit\// }, ({ path }) => {
            const [, of, entry = 'index'] = path.split('/');
            return { path: join(root, 'packages', of!, 'src', `${entry}.ts`) };
          });
        },
      },
    ],
    ...more,
    metafile: true as const,
  });
