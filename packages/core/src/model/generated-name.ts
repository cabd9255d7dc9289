/** How tfjs writes a class name in a layer's name. */
function snakeCase(className: string): string {
  const snake = className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return snake.startsWith('_') ? `private${snake}` : snake;
}

const NUMBER = '[1-9]\\d*';
const numbered = (name: string, base: string): boolean =>
  name.startsWith(base) && new RegExp(`^${NUMBER}$`).test(name.slice(base.length));

const NUMBERED_MODEL = new RegExp(`^(sequential_|model|functional)${NUMBER}$`);

/** What tfjs puts before the number in the name of a layer or model of a class. */
const basesFor = ({ className, isModel }: LayerKind): string[] =>
  isModel ? [className.toLowerCase(), 'sequential_'] : [`${snakeCase(className)}_${className}`];

/** What a layer is, as far as its name goes. */
export interface LayerKind {
  className: string;
  isModel: boolean;
}

/**
 * What a name that tfjs made up begins with (`dense_Dense` of `dense_Dense7`), or undefined for a name that a person gave. tfjs
 * names a layer `<class in snake case>_<class><number>`, a model `<class in lower case><number>` and a Sequential
 * `sequential_<number>`; the class may itself end in digits or have `_` in it.
 *
 * @param name - a layer's name
 * @param kind - what the layer is, where that is known
 */
export function generatedBase(name: string, kind?: LayerKind): string | undefined {
  if (kind) return basesFor(kind).find((base) => numbered(name, base));
  const model = NUMBERED_MODEL.exec(name);
  if (model) return model[1]!;
  for (let cut = name.indexOf('_', 1); cut > 0; cut = name.indexOf('_', cut + 1)) {
    const snake = name.slice(0, cut);
    const rest = name.slice(cut + 1);
    for (let end = rest.length - 1; end > 0 && /\d/.test(rest[end]!); end--) {
      const own = rest.slice(0, end);
      // A class in lower case is its own snake case, and `res_res1` may as well be a person's.
      if (rest[end] !== '0' && own !== snake && snakeCase(own) === snake) return `${snake}_${own}`;
    }
  }
  return undefined;
}
