// A search for countries, pairs and series, usable by keyboard and screen reader.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CatalogData } from "./catalog";
import { type Entry, search } from "./search";
import { titleOf } from "./names";
import { useWords } from "./text/text";
import type { View } from "./view_state";

const MAX_SHOWN = 40;

interface SearchBoxProps {
  catalog: CatalogData | undefined;
  open: (part: Pick<View, "page" | "subject">) => void;
}

export function SearchBox({ catalog, open }: SearchBoxProps) {
  const words = useWords();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [shown, setShown] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => (catalog ? search(catalog.entries, catalog.areas, query) : []), [catalog, query]);
  const options = found.slice(0, MAX_SHOWN);
  const expanded = shown && query.trim() !== "";

  useLayoutEffect(() => {
    // The list is longer than what is seen of it.
    if (expanded) document.getElementById(`option-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, expanded]);

  const take = (entry: Entry | undefined) => {
    if (!entry) return;
    open(entry);
    setQuery("");
    setShown(false);
    field.current?.blur();
  };

  return (
    <div class="search">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={words.text("search")}
        aria-expanded={expanded}
        aria-controls="search-options"
        aria-autocomplete="list"
        aria-activedescendant={expanded && options.length ? `option-${active}` : undefined}
        placeholder={words.text("search")}
        title={words.text("searchHint")}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
          setShown(true);
        }}
        onFocus={() => setShown(true)}
        onBlur={() => setShown(false)}
        onKeyDown={(event) => {
          // Before the catalogue has come there are no options, and the first stays the active one.
          const last = Math.max(options.length - 1, 0);
          if (event.key === "ArrowDown") setActive((now) => Math.min(now + 1, last));
          else if (event.key === "ArrowUp") setActive((now) => Math.max(now - 1, 0));
          else if (event.key === "Enter") take(options[active]);
          else if (event.key === "Escape") setShown(false);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="search-options" role="listbox" aria-label={words.text("search")} hidden={!expanded}>
        {options.map((entry, index) => (
          <li
            key={`${entry.page} ${entry.subject}`}
            id={`option-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => {
              event.preventDefault();
              take(entry);
            }}
          >
            <span>{catalog && titleOf(catalog.areas, words, entry.page, entry.subject)}</span>
            <small>{entry.page === "series" ? entry.subject : words.text(entry.page)}</small>
          </li>
        ))}
        {expanded && options.length === 0 && (
          <li role="option" aria-selected={false} aria-disabled="true">{words.text("searchNone")}</li>
        )}
        {found.length > options.length && (
          <li role="option" aria-selected={false} aria-disabled="true">
            {words.text("searchMore", { count: found.length - options.length })}
          </li>
        )}
      </ul>
    </div>
  );
}
