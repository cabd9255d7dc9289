// A loader for Docusaurus's list of all pages, which every page loads: the names of their modules are for rendering on a server alone.
module.exports = (source) => source.replaceAll(/"[^"]*", (?=require\.resolveWeak\()/g, '0, ');
