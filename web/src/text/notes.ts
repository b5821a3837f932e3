// Sentences of the service as people read them: spans as the page writes them, and in Chinese where
// the page is. A sentence that is not listed is shown as it came.
import { monthNumber, parseSpan } from "../format";
import type { Words } from "./text";

/** Spans of the wire within a sentence. A month after a hyphen or beside a digit is none. */
const SPAN = /\b\d{4}-(?:\d{2}-\d{2}\/P\d+[MY](?:\d+M)?|Q[1-4]|S[12]|\d{2})\b(?![-\d])/g;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const MONTH = `(${MONTHS.join("|")})`;
/** Spans in words: May 2025, Jan–May 2025, Jun 2024–May 2025. */
const IN_WORDS = new RegExp(`\\b${MONTH}(?: (\\d{4}))?–${MONTH} (\\d{4})\\b|\\b${MONTH} (\\d{4})\\b`, "g");

/** Return a sentence with its spans as the wire writes them, without blanks. */
function withWireSpans(note: string): string {
  const at = (year: string | undefined, name: string | undefined) =>
    `${year}-${String(MONTHS.indexOf(name ?? "") + 1).padStart(2, "0")}`;
  return note.replace(IN_WORDS, (_, from, fromYear, to, toYear, only, year) => {
    if (only) return at(year, only);
    const first = at(fromYear ?? toYear, from);
    return `${first}-01/P${monthNumber(at(toYear, to)) - monthNumber(first) + 1}M`;
  });
}

/** Return a sentence of the service in the language of the page, its spans as the page has them.
 * Samples of what is to be written stay as they must be written. */
export function noteText(words: Words, note: string): string {
  const withSpans = (text: string) =>
    text.replace(SPAN, (span) => (parseSpan(span) ? words.span(span) : span));
  const plain = withWireSpans(note);
  const found = words.notes.sentences.find(([english]) => english.test(plain));
  if (!found) return /\bexpected\b/.test(note) ? note : withSpans(plain);
  const [english, written] = found;
  const parts = english.exec(plain) ?? [];
  return written.replace(/\$(\d)/g, (_, at: string) => {
    const part = parts[Number(at)] ?? "";
    return words.notes.parts[part] ?? withSpans(part).replace(/^-(?=\d)/, "−");
  });
}
