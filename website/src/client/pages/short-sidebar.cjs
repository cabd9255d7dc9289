// A loader for what Docusaurus tells every page about the documents beside it: of that the sidebar needs names and addresses, and
// breadcrumbs need to know which of them are documents. Titles and descriptions are for its cards of documents, of which no page has any.
const short = (item) => {
  const { docId, unlisted, items, ...rest } = item;
  return {
    ...rest,
    ...(docId && { docId: 1 }),
    ...(unlisted && { unlisted }),
    ...(items && { items: items.map(short) }),
  };
};

module.exports = (source) => {
  const { version, ...rest } = JSON.parse(source);
  if (!version) return source;
  const docsSidebars = Object.fromEntries(
    Object.entries(version.docsSidebars).map(([name, items]) => [name, items.map(short)]),
  );
  return JSON.stringify({ ...rest, version: { ...version, docsSidebars, docs: {} } });
};
