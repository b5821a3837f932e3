// The page: its head, the view that the address shows, and the address that the view writes.
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type CatalogData, loadCatalog } from "./catalog";
import { useLoaded } from "./load";
import { Busy, ProblemBox } from "./parts";
import { titleOf } from "./names";
import { SearchBox } from "./search_box";
import { hasApiKey, SERVER, SERVER_REFUSED, SERVERS, setApiKey } from "./service";
import "./style.css";
import { isLoaded, type Language, loadLanguage, WordsContext, wordsOf } from "./text/text";
import { ViewLink } from "./view_link";
import { hasSubject, isMove, parseView, type View, viewAfter, viewQuery } from "./view_state";
import { HomeView } from "./views/home_view";
import type { ImportViewProps } from "./views/import_view";
import { OutlookView } from "./views/outlook_view";
import { RegionView } from "./views/region_view";
import { SeriesView } from "./views/series_view";

/** The page, once the words of its language are there. */
function Page() {
  const [view, setView] = useState(() => parseView(location.search));
  const language = useLoaded([view.language], () => loadLanguage(view.language).then(() => true));
  // While another language is loaded, the one before stays.
  const shown = useRef<Language>(undefined);
  if (language.problem) return <p role="alert">{language.problem.message}</p>;
  if (isLoaded(view.language)) shown.current = view.language;
  return shown.current && <Views view={view} setView={setView} language={shown.current} />;
}

interface ViewsProps {
  view: View;
  setView: (view: View) => void;
  /** The language whose words are there. */
  language: Language;
}

function Views({ view, setView, language }: ViewsProps) {
  const words = useMemo(() => wordsOf(language), [language]);
  const [loads, setLoads] = useState(0);
  const catalog = useLoaded<CatalogData>([view.asOf, loads], async (signal) =>
    SERVER_REFUSED ? undefined : loadCatalog(view.asOf, signal),
  );
  const content = useRef<HTMLElement>(null);

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
  const shown = hasSubject(view);
  useEffect(() => {
    const name = catalog.value && shown && titleOf(catalog.value.areas, words, view.page, view.subject);
    document.title = name ? `${name} · tradecast` : "tradecast";
  }, [words, view.page, view.subject, catalog.value]);

  /** Change the view and its address. Another page is a new entry of the browser's history. */
  const change = (part: Partial<View>) => {
    const moved = isMove(part);
    const next = viewAfter(view, part);
    const query = viewQuery(next);
    if (moved) history.pushState(null, "", query);
    else history.replaceState(null, "", query);
    setView(next);
    if (!moved) return;
    scrollTo(0, 0);
    // Those who listen to the page go on where the new view begins.
    content.current?.focus();
  };
  const navigation = (page: "home" | "import", text: string) => (
    <ViewLink view={view} change={change} to={{ page, subject: "" }} current={view.page === page}>
      {text}
    </ViewLink>
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
          {SERVERS.length > 0 && (
            <label>
              <span class="hidden">{words.text("service")}</span>
              <select value={SERVER} onChange={(event) => callServer(event.currentTarget.value)}>
                <option value="">{words.text("serviceOwn")}</option>
                {SERVERS.map((server) => (
                  <option key={server} value={server}>{new URL(server).host}</option>
                ))}
              </select>
            </label>
          )}
          {hasApiKey() && (
            <button
              type="button"
              onClick={() => {
                setApiKey("");
                location.reload();
              }}
            >
              {words.text("apiKeyForget")}
            </button>
          )}
        </div>
      </header>
      <main id="content" tabIndex={-1} ref={content}>
        {SERVER_REFUSED && (
          <div class="problem" role="alert">
            <strong>{words.text("error")}</strong>
            <p>{words.text("serverRefused", { server: SERVER })}</p>
            <button type="button" onClick={() => callServer("")}>{words.text("serviceOwn")}</button>
          </div>
        )}
        {catalog.problem && <ProblemBox problem={catalog.problem} again={catalog.again} />}
        {!catalog.value && !catalog.problem && !SERVER_REFUSED && (
          <p role="status">{words.text("loading")}</p>
        )}
        {catalog.value && !shown && (
          <>
            <h1>{view.subject}</h1>
            <p class="problem" role="alert">{words.text("unknownSubject")}</p>
          </>
        )}
        {catalog.value && view.page === "home" && (
          <HomeView view={view} catalog={catalog.value} change={change} />
        )}
        {shown && catalog.value && view.page === "series" && (
          <SeriesView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {shown && catalog.value && view.page === "outlook" && (
          <OutlookView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {shown && catalog.value && view.page === "region" && (
          <RegionView key={view.subject} view={view} catalog={catalog.value} change={change} />
        )}
        {catalog.value && view.page === "import" && (
          <LazyImportView
            view={view}
            areas={catalog.value.areas}
            imported={() => setLoads((count) => count + 1)}
            change={change}
          />
        )}
      </main>
    </WordsContext.Provider>
  );
}

/** The page for files, which the first view need not load. */
function LazyImportView(props: ImportViewProps) {
  const loaded = useLoaded([], async () => ({ view: (await import("./views/import_view")).ImportView }));
  if (loaded.problem) return <ProblemBox problem={loaded.problem} again={loaded.again} />;
  if (!loaded.value) return <Busy />;
  const ImportView = loaded.value.view;
  return <ImportView {...props} />;
}

/** Show the start of another service: series and figures of this one mean nothing there. */
function callServer(server: string) {
  const query = new URLSearchParams(location.search);
  for (const name of [...query.keys()]) {
    if (name !== "lang" && name !== "theme") query.delete(name);
  }
  if (server) query.set("server", server);
  location.search = query.toString();
}

const place = document.getElementById("page");
if (place) render(<Page />, place);
