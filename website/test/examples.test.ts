import { readdirSync, readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/playground/compile.ts';
import { exampleProgram } from '../src/playground/example-program.ts';
import { importsOf, runsInPages } from '../src/playground/imports.ts';
import { LEFT_OUT, useSite, walksPage } from './browser.ts';

const site = useSite();
const api = new URL('../api/', import.meta.url);

interface Example {
  /** The page on which it is. */
  page: string;
  code: string;
  needs: string | undefined;
}

/** The JavaScript blocks of every page of the reference. */
const examples: readonly Example[] = readdirSync(api, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('index.md'))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, api), 'utf8');
    return [...text.matchAll(/^```js([^\n]*)\n(.*?)\n```$/gms)]
      .filter(([, meta]) => !meta!.includes('browser'))
      .map(([, meta, code]) => ({
        page: `/api/${file.replace(/index\.md$/, '')}`,
        code: code!,
        needs: /needs="(.*?)"/.exec(meta!)?.[1],
      }));
  });
const programs = examples.filter(({ code, needs }) => needs !== undefined || runsInPages(importsOf(code)));

describe('exampleProgram(code, needs)', () => {
  it('leaves a program that needs nothing as it is', () => {
    const code = `import { fft } from '@weightkit/numerics';\n\nfft(1);`;
    expect(exampleProgram(code, '')).toBe(code);
  });

  it('writes the imports and what the example takes for granted above it, its own imports among the others', () => {
    const code = `import { watch } from '@weightkit/weight-metrics/layers';\n\nwatch(model, tf, pruneAll);`;
    const program = exampleProgram(code, 'tf model pruneAll:pruning prune:pruning');
    expect(program.split('\n').slice(0, 5)).toEqual([
      `import * as tf from '@tensorflow/tfjs';`,
      `import { prune, pruneAll } from '@weightkit/pruning';`,
      `import { watch } from '@weightkit/weight-metrics/layers';`,
      '',
      'const model = tf.sequential({',
    ]);
    expect(program.endsWith('\n\nwatch(model, tf, pruneAll);')).toBe(true);
    expect(() => compile(program)).not.toThrow();
  });

  it('brings TensorFlow.js with what is made by it', () => {
    expect(exampleProgram('y;', 'y')).toBe(
      `import * as tf from '@tensorflow/tfjs';\n\nconst y = tf.ones([64, 2]);\n\ny;`,
    );
  });
});

describe('examples of the reference', () => {
  it('most of them can be opened in an editor', () => {
    expect(programs.length).toBeGreaterThan(100);
    expect(examples.length - programs.length).toBeLessThan(15);
  });

  it('run in a page, and print what they say', async ({ skip }) => {
    const mine = programs.filter(({ page }) => walksPage(page));
    skip(mine.length === 0, LEFT_OUT);
    const failed: string[] = [];
    const queue = mine.entries();
    const lane = async () => {
      const { page } = await site.visit('/playground/');
      for (const [i, { page: from, code, needs = '' }] of queue) {
        // The first line is in view in every editor.
        const mark = `// example ${i} of ${mine.length}`;
        const program = `${mark}\n${exampleProgram(code, needs)}`;
        await page.evaluate(
          (hash) => {
            location.hash = hash;
          },
          `code=${deflateRawSync(program).toString('base64url')}`,
        );
        await page.locator('[data-playground=none] .cm-content', { hasText: mark }).waitFor();
        await page.getByRole('button', { name: 'Run' }).click();
        await page.locator('[data-playground=done], [data-playground=failed]').waitFor({ timeout: 60_000 });
        const state = await page.locator('[data-playground]').getAttribute('data-playground');
        const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
        const printed = flat((await page.getByLabel('Output').textContent()) ?? '');
        const missing = [...code.matchAll(/\/\/ -> (.*)$/gm)].filter(([, line]) => !printed.includes(flat(line!)));
        if (state === 'done' && missing.length === 0) continue;
        const status = await page.locator('[data-playground] [role=status]').textContent();
        failed.push(`${from} ${i}: ${status} ${code.split('\n').at(-1)} printed ${printed.slice(0, 200)}`);
      }
      await page.context().close();
    };
    await Promise.all([lane(), lane()]);
    expect(failed).toEqual([]);
  }, 600_000);
});
