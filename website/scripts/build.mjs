// docusaurus build, with every picture a file of its own: those below 10 kB would be text in the script of their page.
// Docusaurus reads this when it is loaded, before its configuration.
process.env.WEBPACK_URL_LOADER_LIMIT = '0';
process.argv.push('build');
await import(new URL('../node_modules/@docusaurus/core/bin/docusaurus.mjs', import.meta.url).href);
