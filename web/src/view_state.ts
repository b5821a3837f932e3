// The view that the address shows: everything on screen follows from the URL, so that a link is
// the whole view.
import { SERVER } from "./service";
import { isLanguage, type Language } from "./text/text";

/** What is on screen. */
export type Page = "home" | "series" | "outlook" | "region" | "import";

/** The spans whose growth is shown. */
export const SPANS = ["month", "january-february", "quarter", "year-to-date", "year"] as const;
export type SpanChoice = (typeof SPANS)[number];

/** The largest change of months ahead, in percent: the ends of the sliders. */
export const MAX_SHOCK = 50;

/** Currencies that are offered beside that of the figures. */
export const CURRENCIES = ["USD", "CNY", "EUR"] as const;

/** A change of a partner, a flow or an exchange rate over the months ahead, in percent. */
export interface ShockChoice {
  target: "partner" | "flow" | "rate";
  name: string;
  percent: number;
}

/** Flows of which a region's partners are shown. */
export const FLOWS = ["T", "X", "M"] as const;
export type FlowChoice = (typeof FLOWS)[number];

export interface View {
  page: Page;
  /** Series key, or REPORTER.PARTNER of an outlook or a region. */
  subject: string;
  span: SpanChoice;
  /** Currency of levels; empty for that of the figures. */
  currency: string;
  /** Data vintage (as-of date); empty for everything. */
  asOf: string;
  /** Growth target of the year, a fraction. */
  target: number | undefined;
  shocks: ShockChoice[];
  /** Flow of a region's partners; empty for the widest that each has. */
  flow: FlowChoice | "";
  /** Earlier day that an outlook is compared with; empty for the last day before its last figure. */
  since: string;
  /** Span whose drivers are shown, as the wire writes it; empty for the year. */
  driven: string;
  /** Sections that are open, by name. */
  open: readonly string[];
  language: Language;
  theme: "" | "light" | "dark";
}

const SUBJECT_PAGES = ["series", "outlook", "region"] as const;

/** Parse a number; an empty text is none. */
function numberOf(text: string | null | undefined): number {
  return text?.trim() ? Number(text) : Number.NaN;
}

function parseShock(text: string): ShockChoice[] {
  const [target, name, percent] = text.split(":");
  const size = numberOf(percent);
  if ((target !== "partner" && target !== "flow" && target !== "rate") || !name) return [];
  if (!Number.isFinite(size) || size === 0) return [];
  return [{ target, name, percent: Math.min(MAX_SHOCK, Math.max(-MAX_SHOCK, size)) }];
}

/** Return a day of the calendar as YYYY-MM-DD; anything else is none. */
function dayOf(text: string | null): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") ? new Date(`${text}T00:00:00Z`) : undefined;
  return day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text ?? "") ? (text ?? "") : "";
}

/** What the subject of a page looks like. */
const SUBJECTS: Record<(typeof SUBJECT_PAGES)[number], RegExp> = {
  series: /^[^.\s]+(\.[^.\s]+){4}$/,
  outlook: /^[^.\s]+\.[^.\s]+$/,
  region: /^[^.\s]+\.[^.\s]*$/,
};

/** Whether a view shows something, or its subject can be none of its page. */
export function hasSubject({ page, subject }: View): boolean {
  return page === "home" || page === "import" || SUBJECTS[page].test(subject);
}

/** Read the view from the query of an address. Anything unknown is left at its default. */
export function parseView(query: string): View {
  const values = new URLSearchParams(query);
  const page = SUBJECT_PAGES.find((name) => values.get(name));
  const span = SPANS.find((name) => name === values.get("span"));
  const target = numberOf(values.get("target"));
  const theme = values.get("theme");
  const language = values.get("lang") ?? navigator.language.slice(0, 2);
  return {
    page: page ?? (values.has("import") ? "import" : "home"),
    subject: (page && values.get(page)?.toUpperCase()) || "",
    span: span ?? "year-to-date",
    currency: /^[a-z]{3}$/i.exec(values.get("currency") ?? "")?.[0].toUpperCase() ?? "",
    asOf: dayOf(values.get("as_of")),
    target: Number.isFinite(target) ? target : undefined,
    shocks: values.getAll("shock").flatMap(parseShock),
    flow: FLOWS.find((name) => name === values.get("flow")) ?? "",
    since: dayOf(values.get("since")),
    driven: values.get("driven") ?? "",
    open: (values.get("open") ?? "").split(",").filter(Boolean),
    language: isLanguage(language) ? language : "en",
    theme: theme === "dark" || theme === "light" ? theme : "",
  };
}

/** What belongs to one subject alone, at its default. */
const OF_SUBJECT: Pick<View, "shocks" | "target" | "currency" | "flow" | "since" | "driven"> = {
  shocks: [],
  target: undefined,
  currency: "",
  flow: "",
  since: "",
  driven: "",
};

/** Whether a change of the view shows another subject: a new entry of the browser's history. */
export function isMove(part: Partial<View>): boolean {
  return part.page !== undefined || part.subject !== undefined;
}

/** Return the view after a change: what belongs to the subject before does not go along. */
export function viewAfter(view: View, part: Partial<View>): View {
  const fresh = isMove(part) ? OF_SUBJECT : {};
  const closed = part.page !== undefined && part.page !== view.page ? { open: [] } : {};
  return { ...view, ...fresh, ...closed, ...part };
}

/** Write the view as a query that [`parseView`] reads again. */
export function viewQuery(view: View): string {
  const values = new URLSearchParams();
  if (SERVER) values.set("server", SERVER);
  if (view.page === "import") values.set("import", "");
  else if (view.page !== "home") values.set(view.page, view.subject);
  if (SUBJECT_PAGES.some((page) => page === view.page)) values.set("span", view.span);
  if (view.currency) values.set("currency", view.currency);
  if (view.asOf) values.set("as_of", view.asOf);
  if (view.target !== undefined) values.set("target", String(view.target));
  for (const shock of view.shocks) {
    values.append("shock", `${shock.target}:${shock.name}:${shock.percent}`);
  }
  if (view.page === "region" && view.flow) values.set("flow", view.flow);
  if (view.since) values.set("since", view.since);
  if (view.driven) values.set("driven", view.driven);
  if (view.open.length > 0) values.set("open", view.open.join(","));
  values.set("lang", view.language);
  if (view.theme) values.set("theme", view.theme);
  return `?${values.toString()}`;
}
