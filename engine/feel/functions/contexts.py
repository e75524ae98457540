"""Functions of contexts (DMN 1.5, 10.3.4.10)."""

from typing import Any

from engine.feel.functions.registry import builtin
from engine.feel.operators import kind_name
from engine.feel.values import Run, read

Context = dict[str, Any]


@builtin("get value(m: context, key: string)")
def get_value(run: Run, context: Context, key: str) -> Any:
    return read(run, context[key]) if key in context else run.null(f"Expected an entry '{key[:40]}', but found none")


@builtin("get entries(m: context)")
def get_entries(run: Run, context: Context) -> list[Context]:
    run.spend(3 * len(context))
    return [{"key": key, "value": read(run, value)} for key, value in context.items()]


@builtin("context(entries: list)")
def context_of(run: Run, entries: list[Any]) -> Context | None:
    """Return the context of a list of ``{key: …, value: …}``; null if a key comes twice or is no string."""
    run.spend(len(entries))
    result: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
            return run.null("Expected entries with 'key' and 'value', but found another value")
        key = entry["key"]
        if not isinstance(key, str) or key in result:
            return run.null(f"Expected every key once and as a string, but found {kind_name(key)}")
        result[key] = read(run, entry["value"])
    return result


@builtin("context put(context: context, key: string, value: any)")
def context_put(run: Run, context: Context, key: str, value: Any) -> Context:
    run.spend(len(context))
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)")
def context_put_deep(run: Run, context: Context, keys: list[Any], value: Any) -> Context | None:
    """Put a value at a path of keys. What the path goes through must be there and be contexts."""
    if not keys or not all(isinstance(key, str) for key in keys):
        return run.null("Expected strings as keys of 'context put', but found none or another value")
    run.spend(len(context) + len(keys))
    result = dict(context)
    inner = result
    for key in keys[:-1]:
        below = read(run, inner.get(key))
        if not isinstance(below, dict):
            return run.null(f"Expected a context at key '{key[:40]}', but found {kind_name(below)}")
        run.spend(len(below))
        inner[key] = dict(below)
        inner = inner[key]
    inner[keys[-1]] = value
    return result


@builtin("context merge(contexts: list)")
def context_merge(run: Run, contexts: list[Any]) -> Context | None:
    """Return the entries of all contexts; of entries with the same key the last one stays."""
    result: Context = {}
    for context in contexts:
        if not isinstance(context, dict):
            return run.null(f"Expected contexts in 'context merge', but found {kind_name(context)}")
        run.spend(len(context))
        result.update(context)
    return result
