// The form editor notes for every field in which row it stands, by an id made up anew each time it opens a form.

interface Field {
  id?: string;
  layout?: { row?: string; columns?: number | null };
  components?: Field[];
}

/** Leave out rows of a single field, which it has without saying so, but for fields that said so before. */
export function withoutLoneRows<Held extends Field>(field: Held, before: Field): Held {
  const known = new Map((before.components ?? []).map((each) => [each.id, each]));
  const siblings = field.components;
  if (siblings === undefined) return field;
  const components = siblings.map((each) => {
    const earlier = known.get(each.id) ?? {};
    const { layout, ...rest } = withoutLoneRows(each, earlier);
    const isAlone = siblings.filter((other) => other.layout?.row === layout?.row).length === 1;
    const saysNothing = layout !== undefined && earlier.layout === undefined && layout.columns == null && isAlone;
    return layout === undefined || saysNothing ? rest : { ...rest, layout };
  });
  return { ...field, components };
}
