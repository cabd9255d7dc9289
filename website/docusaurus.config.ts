import { join } from 'node:path';
import type { Options as DocsOptions } from '@docusaurus/plugin-content-docs';
import type * as Preset from '@docusaurus/preset-classic';
import type { Config, PluginModule } from '@docusaurus/types';
import { themes } from 'prism-react-renderer';
import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import core from '../packages/core/package.json';
import { galleryDrawings } from './gallery.ts';
import { packages } from './packages.ts';
import { readable } from './readable.ts';

const repository = 'https://github.com/weightkit/weightkit';
const math = { remarkPlugins: [remarkMath], rehypePlugins: [rehypeKatex] };
const docs = (options: Partial<DocsOptions> & { id: string }): [string, Partial<DocsOptions>] => [
  '@docusaurus/plugin-content-docs',
  { ...math, ...options },
];

/** What lets TensorFlow.js and the packages into a bundle, and a file's own text into a page. */
const bundleFor = (isServer: boolean) => ({
  // Node's modules are behind conditions that a browser does not meet.
  node: isServer ? {} : { __dirname: 'mock' as const, __filename: 'mock' as const },
  resolve: {
    // Native code of Node, which viz loads for PNG there; nothing draws while pages are rendered.
    // Browsers have the drawings of pages in their HTML, or fetch them; with the JavaScript they would come twice.
    alias: {
      '@resvg/resvg-js': false as const,
      'still-drawings': isServer && join(__dirname, 'generated/drawings.json'),
    },
    fallback: {
      fs: false as const,
      path: false as const,
      os: false as const,
      crypto: false as const,
      perf_hooks: false as const,
      worker_threads: false as const,
      util: false as const,
      string_decoder: false as const,
    },
  },
  module: {
    rules: [{ resourceQuery: /^\?raw$/, type: 'asset/source' }],
    // Workers start in browsers only: their code is not built a second time for rendering pages.
    ...(isServer && { parser: { javascript: { worker: false as const, url: false as const } } }),
  },
});

const bundling: PluginModule = () => ({
  name: 'bundling',
  configureWebpack: (config, isServer) => {
    // A file that is asked for as text comes as written, not as compiled.
    for (const rule of config.module?.rules ?? [])
      if (rule && typeof rule === 'object' && rule.test instanceof RegExp && rule.test.test('a.ts'))
        rule.resourceQuery = { not: [/^\?raw$/] };
    if (!isServer) config.entry = require.resolve('./src/client/entry.cjs');
    return bundleFor(isServer);
  },
});

/** A lesson is a folder with a file `lesson.mdx`: its address is the folder's name. */
const parseFrontMatter: NonNullable<NonNullable<Config['markdown']>['parseFrontMatter']> = async (file) => {
  const parsed = await file.defaultParseFrontMatter(file);
  const lesson = /[\\/]lessons[\\/]([^\\/]+)[\\/]lesson\.mdx$/.exec(file.filePath)?.[1];
  return lesson ? { ...parsed, frontMatter: { slug: `/${lesson}`, ...parsed.frontMatter } } : parsed;
};

/** The lessons in the order of their `sidebar_position`, without the folders around them. */
const lessonList: NonNullable<DocsOptions['sidebarItemsGenerator']> = ({ docs: all }) =>
  all
    .filter(({ id }) => id !== 'index')
    .sort((a, b) => (a.sidebarPosition ?? Infinity) - (b.sidebarPosition ?? Infinity))
    .map(({ id }) => ({ type: 'doc', id }));

export default {
  title: 'weightkit',
  tagline: 'Everything you do to the weights of a neural network, in JavaScript',
  favicon: 'img/logo.svg',
  url: 'https://weightkit.github.io',
  baseUrl: process.env.SITE_BASE_URL ?? '/',
  organizationName: 'weightkit',
  projectName: 'weightkit',
  trailingSlash: true,
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  onDuplicateRoutes: 'throw',
  markdown: {
    mermaid: true,
    format: 'detect',
    parseFrontMatter,
    hooks: { onBrokenMarkdownLinks: 'throw', onBrokenMarkdownImages: 'throw' },
  },
  future: { v4: true, faster: true, experimental_vcs: 'disabled' },
  presets: [
    [
      'classic',
      {
        docs: {
          sidebarPath: './sidebars.ts',
          editUrl: `${repository}/tree/main/website/`,
          ...math,
          beforeDefaultRemarkPlugins: [galleryDrawings],
        },
        blog: false,
        theme: { customCss: [require.resolve('katex/dist/katex.min.css'), './src/css/custom.css'] },
      } satisfies Preset.Options,
    ],
  ],
  themes: [
    '@docusaurus/theme-mermaid',
    [
      '@easyops-cn/docusaurus-search-local',
      {
        hashed: 'filename',
        indexBlog: false,
        docsRouteBasePath: ['docs', 'lessons', ...packages.map(({ name }) => `api/${name}`)],
        docsDir: ['docs', '../lessons', ...packages.map(({ name }) => `api/${name}`)],
        ignoreFiles: [/^search$/],
      },
    ],
  ],
  clientModules: ['./src/client/prefetch-when-idle.ts', './src/client/reachable-scrollers.ts'],
  plugins: [
    docs({
      id: 'lessons',
      path: '../lessons',
      include: ['*.mdx', '*/lesson.mdx'],
      routeBasePath: 'lessons',
      editUrl: `${repository}/tree/main/lessons/`,
      sidebarPath: './sidebars.lessons.ts',
      sidebarItemsGenerator: lessonList,
      breadcrumbs: false,
    }),
    ...packages.map(({ name }) =>
      docs({ id: name, path: `api/${name}`, routeBasePath: `api/${name}`, sidebarPath: `./api/${name}/sidebars.cjs` }),
    ),
    bundling,
  ],
  themeConfig: {
    ...(core.version === '0.0.0' && {
      announcementBar: {
        id: 'unreleased',
        content: 'Not on npm yet: <code>npm install</code> finds these packages from their first release on.',
        isCloseable: false,
        // Without them it is white in dark mode too.
        backgroundColor: 'var(--ifm-color-emphasis-200)',
        textColor: 'var(--ifm-font-color-base)',
      },
    }),
    colorMode: { respectPrefersColorScheme: true },
    docs: { sidebar: { hideable: true } },
    metadata: [
      {
        name: 'description',
        content: 'Initialize, measure, prune, quantize, normalize and freeze the weights of TensorFlow.js models.',
      },
    ],
    navbar: {
      title: 'weightkit',
      logo: { src: 'img/logo.svg', alt: '' },
      items: [
        { type: 'docSidebar', sidebarId: 'guides', label: 'Guides' },
        { type: 'docSidebar', sidebarId: 'lessons', docsPluginId: 'lessons', label: 'Lessons' },
        {
          label: 'API',
          to: '/api/',
          items: packages.map(({ name }) => ({ to: `/api/${name}/`, label: name, activeBaseRegex: `/api/${name}/` })),
        },
        { to: '/playground/', label: 'Playground' },
        { to: '/changelog/', label: 'Changelog' },
        { href: repository, label: 'GitHub', position: 'right' },
      ],
    },
    footer: {
      style: 'light',
      copyright: `weightkit is free software under the Apache License 2.0. MNIST: Y. LeCun, C. Cortes, C. Burges, <a href="https://creativecommons.org/licenses/by-sa/3.0/">CC BY-SA 3.0</a>.`,
    },
    prism: {
      theme: readable(themes.github),
      // Its constants have a contrast of 2.8 on its background.
      darkTheme: {
        ...themes.vsDark,
        styles: [...themes.vsDark.styles, { types: ['constant'], style: { color: '#4fc1ff' } }],
      },
      additionalLanguages: ['bash', 'json', 'diff', 'python'],
    },
    mermaid: { theme: { light: 'neutral', dark: 'dark' } },
  } satisfies Preset.ThemeConfig,
} satisfies Config;
