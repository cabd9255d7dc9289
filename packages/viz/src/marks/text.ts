const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for the content or a quoted attribute of XML and HTML; characters that XML forbids become U+FFFD. */
export function escapeText(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd')
      .replace(/[&<>"']/g, (character) => entities[character]!)
  );
}

/** An upper guess of a text's width in pixels. Layout never measures: fonts differ from machine to machine. */
export function guessWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) {
    // Controls are written as U+FFFD.
    if (character > '\u2e7f' || character < ' ') ems += 1;
    else if (/[ilj.,:;'|]/.test(character)) ems += 0.36;
    else if (/[tfr()[\] ]/.test(character)) ems += 0.46;
    else ems += /[mwMW%@]/.test(character) ? 0.92 : 0.62;
  }
  return ems * fontSize;
}

/** Cuts the middle out of a text that is wider than the given width. */
export function shorten(text: string, width: number, fontSize: number): string {
  if (guessWidth(text, fontSize) <= width) return text;
  const characters = Array.from(text);
  const cut = (kept: number) => {
    const head = Math.floor(kept / 2);
    return `${characters.slice(0, head).join('')}…${characters.slice(head - kept).join('')}`;
  };
  // With each character that is kept the text becomes wider: a search by halves finds the most that fit.
  let fits = 2;
  let wide = characters.length;
  while (wide - fits > 1) {
    const middle = Math.floor((fits + wide) / 2);
    if (guessWidth(cut(middle), fontSize) <= width) fits = middle;
    else wide = middle;
  }
  return fits > 2 ? cut(fits) : '…';
}

/** Where a line may end: at spaces, but not at one that forbids it, nor between a number and its sign of percent. */
const BREAKS = /[^\S\u00a0\u202f]+(?![%‰])/u;

/** Breaks a text at spaces into lines no wider than the given width; a longer word is shortened. */
export function wrap(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BREAKS).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && guessWidth(longer, fontSize) > width) {
      lines.push(line);
      line = shorten(word, width, fontSize);
    } else line = line === '' ? shorten(word, width, fontSize) : longer;
  }
  return line === '' ? lines : [...lines, line];
}
