// What can be opened, and how it is found by names, codes and words in English or Chinese.
import type { Series } from "./generated/tradecast/v1/series_pb";
import { type Areas, keyParts, namesOf } from "./names";

/** Something that a user can open. */
export interface Entry {
  page: "series" | "outlook" | "region";
  /** Series key, or REPORTER.PARTNER. */
  subject: string;
  /** What is searched: codes and names in every language, in lower case. */
  haystack: string;
}

/** The words of flows that a user may type, by flow code. */
const FLOW_WORDS: Record<string, string> = {
  X: "exports export 出口",
  M: "imports import 进口",
  T: "total trade 进出口总额",
  B: "balance 差额",
};

/** Return what can be opened: pairs and groups of a catalog, then its series. */
export function entriesOf(series: ReadonlyMap<string, Series>, areas: Areas): Entry[] {
  const known = new Map<string, string>();
  const names = (code: string) => {
    const found = known.get(code) ?? [code, ...namesOf(areas.get(code))].join(" ");
    known.set(code, found);
    return found;
  };
  const pairs = new Map<string, Set<string>>();
  const entries: Entry[] = [];
  for (const key of series.keys()) {
    const { reporter, partner, flow, product, unit } = keyParts(key);
    const haystack = `${key} ${names(reporter)} ${names(partner)} ${FLOW_WORDS[flow] ?? flow}`;
    entries.push({
      page: "series",
      subject: key,
      haystack: `${haystack} ${product} ${unit}`.toLowerCase(),
    });
    if (product !== "TOTAL") continue;
    let partners = pairs.get(reporter);
    if (!partners) {
      partners = new Set();
      pairs.set(reporter, partners);
    }
    partners.add(partner);
  }
  const places: Entry[] = [];
  for (const [reporter, partners] of pairs) {
    for (const area of areas.values()) {
      if (area.members.length > 1 && area.members.some((member) => partners.has(member))) {
        partners.add(area.code);
      }
    }
    for (const partner of partners) {
      const haystack = `${names(reporter)} ${names(partner)}`;
      const subject = `${reporter}.${partner}`;
      places.push({
        page: "outlook",
        subject,
        haystack: `${subject} ${haystack} outlook 展望`.toLowerCase(),
      });
      if ((areas.get(partner)?.members.length ?? 0) > 1) {
        places.push({
          page: "region",
          subject,
          haystack: `${subject} ${haystack} region 地区`.toLowerCase(),
        });
      }
    }
    places.push({
      page: "region",
      subject: `${reporter}.`,
      haystack: `${names(reporter)} partners region 贸易伙伴`.toLowerCase(),
    });
  }
  places.sort((a, b) => (a.subject < b.subject ? -1 : 1));
  return [...places, ...entries];
}

/** Words between the names of a query, which no entry has. */
const BETWEEN = new Set("from to of and with the in by between 从 对 向 与 和 自 的".split(" "));

/** Return the words of a query. A run of Chinese is parted at the names that it holds. */
function wordsOf(query: string, areas: Areas): string[] {
  const words = query.toLowerCase().split(/[\s.,，、–-]+/);
  return words
    .flatMap((word) => (/^\p{Script=Han}{3,}$/u.test(word) ? partedAt(word, areas) : [word]))
    .filter((word) => word && !BETWEEN.has(word));
}

function partedAt(text: string, areas: Areas): string[] {
  const flows = Object.values(FLOW_WORDS).flatMap((words) => words.split(" "));
  const names = [...areas.values()].flatMap((area) => namesOf(area));
  const parts = [...flows, ...names, "展望", "贸易"].filter((name) => text.includes(name));
  // Of names within others the longest counts.
  parts.sort((a, b) => b.length - a.length);
  const found: string[] = [];
  let rest = text;
  for (const part of parts) {
    if (!rest.includes(part)) continue;
    found.push(part);
    rest = rest.replaceAll(part, " ");
  }
  const left = rest.split(" ").filter((word) => word && ![...word].every((sign) => BETWEEN.has(sign)));
  return found.length > 0 && left.length === 0 ? found : [text];
}

/** Return the entries that contain every word of a query, the best matches first: whole words go
 * before beginnings of words, and these before other parts of them. */
export function search(entries: readonly Entry[], areas: Areas, query: string): Entry[] {
  const words = wordsOf(query, areas);
  if (words.length === 0) return [];
  const found: { entry: Entry; rank: number }[] = [];
  for (const entry of entries) {
    let rank = 0;
    for (const word of words) {
      const at = rankOf(entry.haystack, word);
      if (at === undefined) {
        rank = -1;
        break;
      }
      rank += at;
    }
    if (rank >= 0) found.push({ entry, rank });
  }
  // The sort is stable: entries of one rank keep their order.
  return found.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
}

/** 0 for a whole word, 1 for the beginning of one, 2 for a part; undefined where it is absent. */
function rankOf(haystack: string, word: string): number | undefined {
  let best: number | undefined;
  for (let at = haystack.indexOf(word); at >= 0; at = haystack.indexOf(word, at + 1)) {
    const starts = at === 0 || isBetween(haystack[at - 1]);
    const ends = at + word.length === haystack.length || isBetween(haystack[at + word.length]);
    if (starts && ends) return 0;
    if (starts) best = 1;
    best ??= 2;
  }
  return best;
}

function isBetween(letter: string | undefined): boolean {
  return letter === " " || letter === "." || letter === "-";
}
