import type { PrismTheme } from 'prism-react-renderer';

const channels = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** Relative luminance by WCAG 2.2. */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (a: readonly number[], b: readonly number[]) => {
  const [light = 1, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};

const hex = (rgb: readonly number[]) =>
  `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;

/** A light theme for code with every color darkened until it has a contrast of 5 : 1 with its background, and nothing faded. */
export function readable(theme: PrismTheme): PrismTheme {
  const background = channels(theme.plain.backgroundColor ?? '#ffffff');
  const darker = (color: string) => {
    let rgb = channels(color);
    while (contrast(rgb, background) < 5) rgb = rgb.map((value) => value * 0.95);
    return hex(rgb);
  };
  return {
    ...theme,
    styles: theme.styles.map(({ style: { opacity: _, ...style }, ...rule }) => ({
      ...rule,
      style: style.color && /^#[0-9a-f]{6}$/i.test(style.color) ? { ...style, color: darker(style.color) } : style,
    })),
  };
}
