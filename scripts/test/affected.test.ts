import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affected, walkOf } from '../lib/affected.mjs';
import { changedFiles, gitIn } from '../lib/changed-files.mjs';
import { readGraph } from '../lib/graph.mjs';

const graph = readGraph();
const on = (...changed: string[]) => affected(changed, graph);
const everything = { all: true, why: expect.any(String) };

describe('affected(changed, graph) on the slow backends', () => {
  it('a package brings its own tests, the contracts that import it and what depends on it, and says what is left', () => {
    const { backends } = on('packages/pruning/src/masks/mask.ts');
    expect(backends.filters).toEqual([
      'packages/pruning/test/',
      // These reach pruning, some by composed.ts.
      'tooling/testing/contracts/composition-tie.test.ts',
      'tooling/testing/contracts/composition-tied.test.ts',
      'tooling/testing/contracts/composition.test.ts',
      'tooling/testing/contracts/disposed.test.ts',
      'tooling/testing/contracts/doctor-mends.test.ts',
      'tooling/testing/contracts/layers.test.ts',
      'tooling/testing/contracts/named.test.ts',
      'tooling/testing/contracts/pruning-refusals.test.ts',
      'tooling/testing/contracts/pruning.test.ts',
      'lessons/all-together/',
      'lessons/lessons.test.ts',
      'lessons/tables.test.ts',
      'lessons/course.test.ts',
      'lessons/claims.test.ts',
      'lessons/pruning/',
      'examples/tour/test/',
    ]);
    expect(backends.left).toContain('quantization');
    expect(backends.left).not.toContain('pruning');
  });

  it('numerics and core bring everything, and so do the helpers of tests and every configuration', () => {
    for (const path of [
      'packages/numerics/src/random/bits.ts',
      'packages/numerics/assembly/index.ts',
      'packages/core/src/index.ts',
      'packages/core/package.json',
      'tooling/testing/src/tensors.ts',
      'vitest.config.ts',
      'tsconfig.base.json',
      'package.json',
      'pnpm-lock.yaml',
      'scripts/setup-browser.mjs',
      'scripts/lib/backends.mjs',
    ])
      expect(on(path).backends, path).toEqual(everything);
  });

  it('viz brings what draws with it alone: the lessons and the tour', () => {
    const { filters } = on('packages/viz/src/charts/line-chart.ts').backends;
    expect(filters).toContain('examples/tour/test/');
    expect(filters).toContain('lessons/lessons.test.ts');
    expect(filters?.filter((path: string) => path.startsWith('packages/'))).toEqual([]);
  });

  it('tests of a package bring itself and nothing that depends on it', () => {
    expect(on('packages/core/test/tree/path.test.ts').backends.filters).toEqual(['packages/core/test/']);
    expect(on('tooling/testing/contracts/core.test.ts').backends.filters).toEqual([
      'tooling/testing/contracts/core.test.ts',
    ]);
  });

  it('a lesson brings itself, and a file beside the lessons all of them', () => {
    const [lesson = '', other = ''] = Object.keys(graph.lessons);
    expect(on(`lessons/${lesson}/experiment.ts`).backends.filters).toEqual([
      `lessons/${lesson}/`,
      'lessons/lessons.test.ts',
      'lessons/tables.test.ts',
      'lessons/course.test.ts',
      'lessons/claims.test.ts',
    ]);
    expect(on('lessons/lessons.test.ts').backends.filters).toContain(`lessons/${other}/`);
  });

  it('text, deep tests, benchmarks and nothing at all bring nothing', () => {
    for (const changed of [
      ['packages/core/README.md'],
      ['website/docs/install.md'],
      ['packages/numerics/deep/random.deep.ts'],
      ['benchmarks/run.mjs'],
      [],
    ])
      expect(on(...changed).backends.filters, changed[0]).toEqual([]);
  });

  it('brings everything where it is not known what changed', () => {
    const { backends, site } = affected(undefined, graph, 'no history');
    expect([backends, site]).toEqual([
      { all: true, why: 'no history' },
      { all: true, why: 'no history' },
    ]);
  });

  it('readGraph() has the packages on backends that vitest.config.ts has', () => {
    const config = readFileSync(new URL('../../vitest.config.ts', import.meta.url), 'utf8');
    const [, list = ''] = /^const withTensors = \[([^\]]+)\]/m.exec(config) ?? [];
    const onBackends = Object.keys(graph.packages).filter((folder) => graph.packages[folder].onBackends);
    const names = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => `packages/${name}`);
    expect(onBackends.sort()).toEqual(names.sort());
  });

  it('leaves no test file out when all is changed one by one', () => {
    const isTested = (path: string) => {
      const [, folder = ''] = /^(packages\/[^/]+)\/test\//.exec(path) ?? [];
      return graph.packages[folder]?.onBackends || /^(tooling\/testing\/contracts\/[^/]+$|lessons\/)/.test(path);
    };
    const tests = (gitIn()('ls-files', '*.test.ts') ?? '')
      .split('\n')
      .filter((path: string) => isTested(path) || path.endsWith('pipeline.test.ts'));
    expect(tests.length).toBeGreaterThan(100);
    for (const path of tests) {
      const { all, filters = [] } = on(path).backends;
      expect(all || filters.some((filter: string) => path.includes(filter)), path).toBe(true);
    }
  });
});

describe('affected(changed, graph) on the site', () => {
  it('a page brings itself, by its address', () => {
    expect(on('website/docs/install.md').site.pages).toEqual(['/docs/install/']);
    expect(on('website/docs/start/index.md').site.pages).toEqual(['/docs/start/']);
    expect(on('website/docs/start/core.md').site.pages).toEqual(['/docs/start/core/']);
    expect(on('lessons/index.mdx').site.pages).toEqual(['/lessons/']);
    expect(on('lessons/compute-by-hand/lesson.mdx').site).toMatchObject({
      lessons: [],
      pages: ['/lessons/compute-by-hand/'],
    });
    expect(on('.changeset/some-words.md').site.pages).toEqual(['/changelog/']);
  });

  it('a package brings its reference and the lessons that stand on it', () => {
    expect(on('packages/pruning/src/masks/mask.ts').site).toMatchObject({
      lessons: ['all-together', 'pruning'],
      pages: ['/api/pruning/', '/lessons/all-together/', '/lessons/pruning/'],
    });
    const { lessons, pages } = on('packages/numerics/src/index.ts').site;
    expect(lessons).toEqual(Object.keys(graph.lessons));
    expect(pages).toContain('/api/numerics/');
  });

  it('the site’s own code, its tests and the versions of what it uses bring every page', () => {
    for (const path of [
      'website/src/lesson/worker.ts',
      'website/docusaurus.config.ts',
      'website/test/browser.ts',
      'pnpm-lock.yaml',
    ])
      expect(on(path).site, path).toEqual(everything);
  });

  it('what no page shows brings none', () => {
    expect(on('benchmarks/run.mjs', 'packages/core/test/a.test.ts', 'e2e/run.mjs').site).toMatchObject({
      lessons: [],
      pages: [],
    });
  });
});

describe('walkOf(site, changed, lessons)', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const everywhere = { all: true, why: '' };

  it('takes one lesson of all, others with another change, and all pages where the site itself changed', () => {
    const walked = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const walk = walkOf(everywhere, [`website/src/lesson/part-${i}.tsx`], names);
      expect(walk).toEqual(walkOf(everywhere, [`website/src/lesson/part-${i}.tsx`], names));
      expect(walk.lessons).toHaveLength(1);
      expect(walk.pages).toBeUndefined();
      for (const name of walk.lessons) walked.add(name);
    }
    expect([...walked].sort()).toEqual(names);
  });

  it('takes every lesson that was changed itself, and of those that it reaches one more', () => {
    const site = { all: false, lessons: ['a', 'b', 'd', 'e'], pages: ['/lessons/a/'] };
    const { lessons, pages, texts } = walkOf(
      site,
      ['lessons/a/figure.ts', 'packages/viz/src/x.ts', 'lessons/c/lesson.mdx'],
      names,
    );
    expect(lessons).toHaveLength(2);
    expect(lessons).toContain('a');
    for (const name of lessons) expect(site.lessons).toContain(name);
    expect(pages).toEqual(['/lessons/a/']);
    expect(texts).toEqual(['/api/viz/', '/lessons/c/']);
  });

  it('opens and tests on wasm a third of all, in turn, and each whose files were changed, texts among them', () => {
    const opened = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const walk = walkOf(everywhere, [`packages/core/src/${i}.ts`], names);
      expect(walk.opened.length).toBeGreaterThanOrEqual(2);
      expect(walk.opened.length).toBeLessThanOrEqual(3);
      for (const name of [...walk.opened, ...walk.lessons]) expect(walk.opened).toContain(name);
      for (const name of walk.opened) opened.add(name);
    }
    expect([...opened].sort()).toEqual(names);
    const { opened: changed } = walkOf(everywhere, ['lessons/b/lesson.mdx', 'lessons/e/figure.ts'], names);
    for (const name of ['b', 'e']) expect(changed).toContain(name);
  });

  it('takes none where none is reached, and the one that there is', () => {
    expect(walkOf({ all: false, lessons: [], pages: [] }, ['README.md'], names)).toMatchObject({
      lessons: [],
      pages: [],
    });
    expect(walkOf(everywhere, ['website/x.ts'], ['a']).lessons).toEqual(['a']);
    expect(walkOf(everywhere, [], names).lessons).toHaveLength(1);
  });
});

describe('changedFiles()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weightkit-changed-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
  const commit = (file: string) => {
    writeFileSync(join(folder, file), file);
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', file);
  };

  it('compares with what was pushed, else with the commit before, and says when there is nothing to compare with', () => {
    expect(changedFiles(gitIn(folder))).toEqual({ reason: 'this is no git checkout' });
    git('init', '-q', '-b', 'main');
    commit('first.ts');
    expect(changedFiles(gitIn(folder))).toEqual({ reason: 'there is no earlier commit to compare with' });
    commit('second file.ts');
    expect(changedFiles(gitIn(folder)).files).toEqual(['second file.ts']);
    git('update-ref', 'refs/remotes/origin/main', 'HEAD~');
    commit('third.ts');
    writeFileSync(join(folder, 'first.ts'), 'changed');
    writeFileSync(join(folder, 'new.ts'), '');
    const { files, since } = changedFiles(gitIn(folder));
    expect(files).toEqual(['first.ts', 'new.ts', 'second file.ts', 'third.ts']);
    expect(since).toMatch(/^origin\/main \([0-9a-f]{9}\)$/);
    // All is pushed: the last commit is looked at once more, with what is not committed.
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect(changedFiles(gitIn(folder)).files).toEqual(['first.ts', 'new.ts', 'third.ts']);
  });
});
