// Parts of documents that a program writes. They stand between two comments, in a line of text or on lines of their own:
//   <!-- generated: name -->53,706<!-- /generated -->
//   {/* generated: name */}53,706{/* /generated */}       in MDX

const PART = /(<!--|\{\/\*) generated: ([^>*]+?) (-->|\*\/\})(.*?)\1 \/generated \3/gs;

/** The parts of a text: `[{name, body}]`. */
export const partsIn = (text) => [...text.matchAll(PART)].map(([, , name, , body]) => ({ name, body }));

/** The text with each part written anew: `parts` are texts by name. A part that nobody writes is an error. */
export function withParts(text, parts) {
  const begun = text.match(/(<!--|\{\/\*) generated: /g)?.length ?? 0;
  const whole = partsIn(text).length;
  if (begun !== whole)
    throw new Error(`withParts: every part must end with /generated in a comment, got ${begun - whole} that do not`);
  return text.replace(PART, (_, open, name, close, body) => {
    if (!Object.hasOwn(parts, name)) throw new Error(`withParts: nothing writes the part ${name}`);
    const made = parts[name];
    // A part on lines of its own keeps them.
    const lines = made === '' ? '\n' : `\n\n${made}\n\n`;
    return `${open} generated: ${name} ${close}${body.startsWith('\n') ? lines : made}${open} /generated ${close}`;
  });
}
