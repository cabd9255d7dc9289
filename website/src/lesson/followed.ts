import type { About, Values } from '@weightkit/lesson';

/** Whether figures follow what leads from some values to others while it is dragged. */
export function isFollowed({ instant = false }: Pick<About, 'instant'>, from: Values, to: Values): boolean {
  if (typeof instant === 'boolean') return instant;
  return Object.keys(to).every((name) => from[name] === to[name] || instant.includes(name));
}
