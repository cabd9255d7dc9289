import type { PrismTheme } from 'prism-react-renderer';

const dashed = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const declarations = (style: object) =>
  Object.entries(style)
    .map(([name, value]) => `${dashed(name)}:${value}`)
    .join(';');

function rulesOf({ plain, styles }: PrismTheme, root: string): string[] {
  const colors = `--prism-color:${plain.color};--prism-background-color:${plain.backgroundColor}`;
  const rules = styles.map(({ types, languages = [''], style }) => {
    const selectors = languages.flatMap((language) =>
      types.map((type) => `${root} ${language && `.language-${language} `}.token.${type}`),
    );
    return `${selectors.join(',')}{${declarations(style)}}`;
  });
  return [`${root}{${colors}}`, ...rules];
}

/** The colors of code in both modes as a style sheet: as styles of every token they would come with a script, and change when it runs. */
export const codeColors = (light: PrismTheme, dark: PrismTheme): string =>
  [
    ...rulesOf(light, 'html:not([data-theme=dark])'),
    // Paper is white.
    '@media screen{',
    ...rulesOf(dark, 'html[data-theme=dark]'),
    '}',
  ].join('');
