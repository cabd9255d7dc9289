/** Docusaurus's table of pages comes in this many parts: a page loads the one that it stands in, and others when links lead there. */
const PARTS = 16;

/** The part of the table that knows a page, by its address with or without a slash behind it. */
function partOf(path) {
  const plain = path.replace(/\/+$/, '').toLowerCase();
  let hash = 0;
  for (let i = 0; i < plain.length; i++) hash = (hash * 31 + plain.charCodeAt(i)) % 65_521;
  return hash % PARTS;
}

exports.PARTS = PARTS;
exports.partOf = partOf;
