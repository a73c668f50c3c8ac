interface Named {
  title?: string | null;
  first_name: string | null;
  last_name: string | null;
  company: string | null;
  to: string | null;
}

/** What a person is called on the screen. */
export function nameOf(person: Named, fallback: string): string {
  const name = [person.title, person.first_name, person.last_name].filter(Boolean).join(" ");
  return name || person.company || person.to || fallback;
}
