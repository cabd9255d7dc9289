import { dirname, join } from 'node:path';
import type { Options as DocsOptions } from '@docusaurus/plugin-content-docs';
import type * as Preset from '@docusaurus/preset-classic';
import type { Config, PluginModule } from '@docusaurus/types';
import { themes } from 'prism-react-renderer';
import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import core from '../packages/core/package.json';
import { codeColors } from './code-colors.ts';
import { galleryDrawings } from './gallery.ts';
import { packages } from './packages.ts';
import { readable } from './readable.ts';
import { rehypeKatexStyle } from './rehype-katex-style.ts';
import { seeAlso } from './see-also.ts';

const repository = 'https://github.com/weightkit/weightkit';
const baseUrl = process.env.SITE_BASE_URL ?? '/';
const math = {
  remarkPlugins: [remarkMath],
  rehypePlugins: [rehypeKatex, [rehypeKatexStyle, { href: `${baseUrl}generated/katex/katex.min.css` }]],
} satisfies Partial<DocsOptions>;
const docs = (options: Partial<DocsOptions> & { id: string }): [string, Partial<DocsOptions>] => [
  '@docusaurus/plugin-content-docs',
  { ...math, ...options },
];

const light = readable(themes.github);
// Its constants have a contrast of 2.8 on its background.
const dark = {
  ...themes.vsDark,
  styles: [...themes.vsDark.styles, { types: ['constant'], style: { color: '#4fc1ff' } }],
};
const classic = dirname(require.resolve('@docusaurus/theme-classic'));
const client = dirname(require.resolve('@docusaurus/core/lib/client/clientEntry.js'));

/** What lets TensorFlow.js and the packages into a bundle, and a file's own text into a page. */
const bundleFor = (isServer: boolean) => ({
  // Node's modules are behind conditions that a browser does not meet.
  node: isServer ? {} : { __dirname: 'mock' as const, __filename: 'mock' as const },
  resolve: {
    // Native code of Node, which viz loads for PNG there; nothing draws while pages are rendered.
    alias: {
      '@resvg/resvg-js': false as const,
      // Browsers have the drawings of pages in their HTML, or fetch them; with the JavaScript they would come twice.
      'still-drawings': isServer && join(__dirname, 'generated/drawings.json'),
      // The highlighter is for the rendering of pages; in a browser it comes when it is needed.
      ...(isServer
        ? { [join(__dirname, 'src/code/highlighter.ts')]: join(__dirname, 'src/code/highlighter-server.ts') }
        : {
            [join(classic, 'prism-include-languages')]: false as const,
            // A bar that crosses the page for the moment in which the next one loads.
            [join(classic, 'nprogress')]: false as const,
            [join(client, 'preload')]: join(__dirname, 'src/client/pages/preload.ts'),
            [join(client, 'docusaurus')]: join(__dirname, 'src/client/pages/docusaurus.ts'),
          }),
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
    rules: [
      { resourceQuery: /^\?raw$/, type: 'asset/source' },
      ...(isServer
        ? []
        : [
            {
              test: /[\\/]\.docusaurus[\\/](routes|registry|routesChunkNames|globalData)\.js(on)?$/,
              use: [join(__dirname, 'src/client/pages/loader.cjs')],
            },
            {
              test: /[\\/]docusaurus-plugin-content-docs[\\/][^\\/]+[\\/]p[\\/][^\\/]+\.json$/,
              use: [join(__dirname, 'src/client/pages/short-sidebar.cjs')],
            },
          ]),
      // All of tslib for one function of it.
      {
        test: /[\\/]utils-common[\\/]lib[\\/]index\.js$/,
        resolve: { alias: { tslib: join(__dirname, 'src/client/import-default.cjs') } },
      },
    ],
    // Workers start in browsers only: their code is not built a second time for rendering pages.
    ...(isServer && { parser: { javascript: { worker: false as const, url: false as const } } }),
  },
});

const bundling: PluginModule = () => ({
  name: 'bundling',
  injectHtmlTags: () => ({ headTags: [{ tagName: 'style', innerHTML: codeColors(light, dark) }] }),
  configureWebpack: (config, isServer) => {
    // A file that is asked for as text comes as written, not as compiled.
    for (const rule of config.module?.rules ?? [])
      if (rule && typeof rule === 'object' && rule.test instanceof RegExp && rule.test.test('a.ts'))
        rule.resourceQuery = { not: [/^\?raw$/] };
    if (isServer) return bundleFor(isServer);
    config.entry = require.resolve('./src/client/entry.cjs');
    // Every page would load a list of the names of all chunks, and one of their hashes: they have the hash of the whole site.
    config.plugins = (config.plugins ?? []).filter((plugin) => plugin?.constructor.name !== 'ChunkAssetPlugin');
    return { ...bundleFor(isServer), output: { chunkFilename: 'assets/js/[id].[fullhash:8].js' } };
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
  baseUrl,
  organizationName: 'weightkit',
  projectName: 'weightkit',
  trailingSlash: true,
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  onDuplicateRoutes: 'throw',
  markdown: {
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
          beforeDefaultRemarkPlugins: [galleryDrawings, seeAlso],
        },
        blog: false,
        theme: { customCss: './src/css/custom.css' },
      } satisfies Preset.Options,
    ],
  ],
  themes: [
    [
      '@easyops-cn/docusaurus-search-local',
      {
        hashed: 'filename',
        indexBlog: false,
        docsRouteBasePath: ['docs', 'lessons', 'api'],
        docsDir: ['docs', '../lessons', 'api'],
        ignoreFiles: [/^search$/],
        // Places in the source, and what only repeats.
        ignoreCssSelectors: ['.source', '.theme-code-block', '.pagination-nav', '.theme-doc-footer'],
        searchResultLimits: 10,
      },
    ],
  ],
  clientModules: ['./src/client/menu.ts', './src/client/reachable-scrollers.ts', './src/client/show-active-link.ts'],
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
    docs({ id: 'api', path: 'api', routeBasePath: 'api', sidebarPath: './api/sidebars.cjs', breadcrumbs: false }),
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
    image: 'generated/home/card.png',
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
        { to: '/your-model/', label: 'Your model' },
        { to: '/changelog/', label: 'Changelog' },
        { href: repository, label: 'GitHub', position: 'right' },
      ],
    },
    footer: {
      style: 'light',
      links: [
        { label: 'Cookbook', to: '/docs/cookbook/' },
        { label: 'Performance', to: '/docs/performance/' },
        { label: 'Glossary', to: '/lessons/glossary/' },
        { label: 'For teachers', to: '/lessons/teachers/' },
        { label: 'Changelog', to: '/changelog/' },
      ],
      copyright: `weightkit is free software under the Apache License 2.0. MNIST: Y. LeCun, C. Cortes, C. Burges, <a href="https://creativecommons.org/licenses/by-sa/3.0/">CC BY-SA 3.0</a>.`,
    },
    prism: {
      // The colors are in a style sheet (codeColors).
      theme: { plain: {}, styles: [] },
      additionalLanguages: ['bash', 'diff'],
    },
  } satisfies Preset.ThemeConfig,
} satisfies Config;
