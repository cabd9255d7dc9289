/** A page that leads to another. */
export interface Leading {
  to: string;
  title: string;
}
export interface Leads {
  recipes: Leading[];
  lessons: Leading[];
}
export interface Recipe extends Leading {
  links: Set<string>;
}
/** The part of a lesson's About that is read here. */
export interface LessonLinks {
  name: string;
  title: string;
  links: readonly { to: string }[];
}
/** The sections of the cookbook with what they link to. */
export function recipesOf(cookbook: string): Recipe[];
/** What leads to an address: recipes, and lessons in the order of `abouts`. */
export function crossLinks(given: { abouts: readonly LessonLinks[]; cookbook: string }): (address: string) => Leads;
/** What leads to a page as lines with links; none where nothing does. */
export function linkLines(leads: Leads): { label: string; pages: Leading[] }[];
