// Files stay as they were written where nothing changed: JSON keeps the order of its keys.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The same value with keys in the order of an earlier one; what is new comes last. Items of lists are found by id. */
export function ordered(value: Json, before: Json | undefined): Json {
  if (Array.isArray(value)) {
    const items = Array.isArray(before) ? before : [];
    return value.map((item, at) => ordered(item, items.find((each) => isSame(each, item)) ?? items[at]));
  }
  if (!isMap(value) || !isMap(before)) return value;
  const keys = [...Object.keys(before).filter((key) => key in value), ...Object.keys(value).filter((key) => !(key in before))];
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key], before[key])]));
}

function isSame(one: Json, other: Json): boolean {
  return isMap(one) && isMap(other) && "id" in one && one.id === other.id;
}

function isMap(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
