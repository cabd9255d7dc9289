import { type About, initialValues, type Values } from '@weightkit/lesson/page';

const nameOf = (value: Values[string]): string => (value === true ? 'yes' : value === false ? 'no' : String(value));

/** What tells the values of a run from another's; where nothing does, what tells them from the initial ones. */
export function describeValues({ name, parameters }: About, values: Values, other: Values): string {
  const initial = initialValues<Values>({ name, parameters });
  const unlike = (than: Values) =>
    Object.entries(parameters).flatMap(([key, { label }]) =>
      values[key] === than[key] ? [] : [`${label}: ${nameOf(values[key]!)}`],
    );
  const parts = unlike(other);
  const own = parts.length > 0 ? parts : unlike(initial);
  return own.length > 0 ? own.join(', ') : 'the settings that the page opens with';
}
