// The OpenAPI document of this deployment.
let api = {};

export const use = (read) => (api = read);

/** The schema itself, or the one that it refers to. */
export function resolved(schema = {}) {
  const name = schema.$ref?.split("/").pop();
  return name ? { ...resolved(api.components.schemas[name]), ...Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$ref")) } : schema;
}

/** Of several forms the first that is not null. */
export function plain(schema) {
  const known = resolved(schema);
  const forms = known.anyOf ?? known.oneOf;
  if (!forms) return known;
  return { ...known, ...resolved(forms.find((one) => resolved(one).type !== "null")) };
}
