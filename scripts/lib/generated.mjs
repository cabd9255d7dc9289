// Parts of documents that a program writes. They stand between two comments, in a line of text or on lines of their own:
//   <!-- generated: name -->53,706<!-- /generated -->

const PART = /<!-- generated: ([^>]+?) -->(.*?)<!-- \/generated -->/gs;

/** The parts of a text: `[{name, body}]`. */
export const partsIn = (text) => [...text.matchAll(PART)].map(([, name, body]) => ({ name, body }));

/** The text with each part written anew: `parts` are functions or texts by name. A part that nobody writes is an error. */
export function withParts(text, parts) {
  const begun = text.split('<!-- generated: ').length - 1;
  const whole = partsIn(text).length;
  if (begun !== whole)
    throw new Error(`withParts: every part must end with <!-- /generated -->, got ${begun - whole} that do not`);
  return text.replace(PART, (_, name, body) => {
    if (!Object.hasOwn(parts, name)) throw new Error(`withParts: nothing writes the part ${name}`);
    const made = parts[name];
    // A part on lines of its own keeps them.
    const lines = made === '' ? '\n' : `\n\n${made}\n\n`;
    return `<!-- generated: ${name} -->${body.startsWith('\n') ? lines : made}<!-- /generated -->`;
  });
}
