// The page: its head, the view that the address shows, and the address that the view writes.
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { loadCatalog } from "./catalog";
import { useLoaded } from "./load";
import { ProblemBox } from "./parts";
import { SearchBox } from "./search_box";
import "./style.css";
import { type Language, WordsContext, wordsOf } from "./text/text";
import { parseView, type View, viewQuery } from "./view_state";
import { HomeView } from "./views/home_view";
import { ImportView } from "./views/import_view";
import { OutlookView } from "./views/outlook_view";
import { RegionView } from "./views/region_view";
import { SeriesView } from "./views/series_view";

function Page() {
  const [view, setView] = useState(() => parseView(location.search));
  const words = useMemo(() => wordsOf(view.language), [view.language]);
  const [loads, setLoads] = useState(0);
  const catalog = useLoaded([view.asOf, loads], (signal) => loadCatalog(view.asOf, signal));

  useEffect(() => {
    const back = () => setView(parseView(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  useEffect(() => {
    document.documentElement.lang = view.language === "zh" ? "zh-CN" : "en";
    if (view.theme) document.documentElement.dataset.theme = view.theme;
    else delete document.documentElement.dataset.theme;
  }, [view.language, view.theme]);

  /** Change the view and its address. Another page is a new entry of the browser's history. */
  const change = (part: Partial<View>) => {
    const moved = part.page !== undefined || part.subject !== undefined;
    const fresh = moved ? { shocks: [], target: undefined, currency: "" } : {};
    const next = { ...view, ...fresh, ...part };
    const query = viewQuery(next);
    if (moved) history.pushState(null, "", query);
    else history.replaceState(null, "", query);
    setView(next);
    if (moved) scrollTo(0, 0);
  };
  const navigation = (page: "home" | "import", text: string) => (
    <a
      href={viewQuery({ ...view, page, subject: "" })}
      aria-current={view.page === page ? "page" : undefined}
      onClick={(event) => {
        event.preventDefault();
        change({ page, subject: "" });
      }}
    >
      {text}
    </a>
  );

  return (
    <WordsContext.Provider value={words}>
      <a class="skip" href="#content">{words.text("skip")}</a>
      <header>
        <nav aria-label={words.text("title")}>
          <strong>{navigation("home", words.text("title"))}</strong>
          {navigation("import", words.text("importFile"))}
        </nav>
        <SearchBox catalog={catalog.value} open={({ page, subject }) => change({ page, subject })} />
        <div class="row settings">
          <label>
            <span class="hidden">{words.text("language")}</span>
            <select
              value={view.language}
              onChange={(event) => change({ language: event.currentTarget.value as Language })}
            >
              <option value="en">English</option>
              <option value="zh">中文</option>
            </select>
          </label>
          <label>
            <span class="hidden">{words.text("theme")}</span>
            <select
              value={view.theme}
              onChange={(event) => change({ theme: event.currentTarget.value as View["theme"] })}
            >
              <option value="">{words.text("themeAuto")}</option>
              <option value="light">{words.text("themeLight")}</option>
              <option value="dark">{words.text("themeDark")}</option>
            </select>
          </label>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {catalog.problem && <ProblemBox problem={catalog.problem} again={catalog.again} />}
        {!catalog.value && !catalog.problem && <p role="status">{words.text("loading")}</p>}
        {catalog.value && view.page === "home" && (
          <HomeView view={view} catalog={catalog.value} change={change} />
        )}
        {catalog.value && view.page === "series" && (
          <SeriesView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {catalog.value && view.page === "outlook" && (
          <OutlookView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {catalog.value && view.page === "region" && (
          <RegionView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {view.page === "import" && (
          <ImportView imported={() => setLoads((count) => count + 1)} open={change} />
        )}
      </main>
    </WordsContext.Provider>
  );
}

const place = document.getElementById("page");
if (place) render(<Page />, place);
