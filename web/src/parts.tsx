// Small pieces that every view is made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, SERVICE_ORIGIN, setApiKey } from "./service";
import { noteText } from "./text/notes";
import { useWords } from "./text/text";
import type { View } from "./view_state";

export function Card({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section class="card">
      {title && <h2>{title}</h2>}
      {children}
    </section>
  );
}

interface FoldProps {
  /** Name of the section in the address. */
  name: string;
  title: string;
  view: View;
  change: (part: Partial<View>) => void;
  children: () => ComponentChildren;
}

/** A section that is filled only once it is opened. The address says which are open. */
export function Fold({ name, title, view, change, children }: FoldProps) {
  const open = view.open.includes(name);
  return (
    <details
      class="card"
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now === open) return;
        change({ open: now ? [...view.open, name] : view.open.filter((other) => other !== name) });
      }}
    >
      <summary>
        <h2>{title}</h2>
      </summary>
      {open && children()}
    </details>
  );
}

export function Busy() {
  const words = useWords();
  return (
    <p class="busy" role="status">
      {words.text("computing")}
    </p>
  );
}

/** What went wrong, with a way on: an API key, or another try. */
export function ProblemBox({ problem, again }: { problem: Problem; again: () => void }) {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  if (problem.remedy === "key") {
    return (
      <form
        class="card key-form"
        onSubmit={(event) => {
          event.preventDefault();
          setApiKey(field.current?.value.trim() ?? "");
          again();
        }}
      >
        <h2>{words.text("apiKeyTitle")}</h2>
        <p>{words.text("apiKeyHint", { server: SERVICE_ORIGIN })}</p>
        <p class="muted" role="alert">{problem.message}</p>
        <div class="row">
          <label>
            {words.text("apiKey")}
            <input ref={field} type="password" autocomplete="off" required />
          </label>
          <button type="submit">{words.text("apiKeyUse")}</button>
        </div>
      </form>
    );
  }
  if (problem.remedy === "subject") {
    return (
      <div class="problem" role="alert">
        <strong>{words.text("unknownSubject")}</strong>
        <p class="muted">{noteText(words, problem.message)}</p>
      </div>
    );
  }
  return (
    <div class="problem" role="alert">
      <strong>{words.text("error")}</strong>
      <p>
        {problem.remedy === "reach"
          ? words.text("unreachable", { server: SERVICE_ORIGIN, page: location.origin })
          : noteText(words, problem.message)}
      </p>
      <button type="button" onClick={again}>
        {words.text("retry")}
      </button>
    </div>
  );
}

/** A group of choices of which one is taken. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}

/** The as-of date of a view; empty for everything known. */
export function AsOf({ view, change }: Pick<FoldProps, "view" | "change">) {
  const words = useWords();
  return (
    <span class="row">
      <label>
        {words.text("asOf")}
        <input
          type="date"
          value={view.asOf}
          onChange={(event) => change({ asOf: event.currentTarget.value })}
        />
      </label>
      {view.asOf !== "" && (
        <button type="button" onClick={() => change({ asOf: "" })}>{words.text("asOfReset")}</button>
      )}
    </span>
  );
}

/** Milliseconds between two reports of a slider that is being moved. */
const SLIDER_PAUSE = 120;

/** A slider that reports its value while it moves, at most every SLIDER_PAUSE, and where it rests. */
export function Slider({
  label,
  value,
  min,
  max,
  step,
  write,
  onMove,
  quiet,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  write: (value: number) => string;
  onMove: (value: number) => void;
  /** Whether the label is seen elsewhere already. */
  quiet?: boolean;
}) {
  const [shown, setShown] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const report = useRef({ next: value, move: onMove });
  report.current.move = onMove;
  useEffect(() => {
    if (timer.current === undefined) setShown(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class={quiet ? "slider quiet" : "slider"}>
      <span class={quiet ? "hidden" : ""}>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={write(shown)}
        onInput={(event) => {
          const next = Number(event.currentTarget.value);
          setShown(next);
          report.current.next = next;
          timer.current ??= setTimeout(() => {
            timer.current = undefined;
            report.current.move(report.current.next);
          }, SLIDER_PAUSE);
        }}
      />
      <output>{write(shown)}</output>
    </label>
  );
}

/** Copy a text. Pages without TLS from other machines have no clipboard of their own. */
async function copyText(text: string) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Buttons that copy this view as a link, a command or a line of Python, and show what it is. */
export function CopyAs({ command, python }: { command: string; python: string }) {
  const words = useWords();
  const [copied, setCopied] = useState("");
  const copy = async (text: string) => {
    await copyText(text);
    setCopied(text);
  };
  return (
    <div class="row copy">
      <span class="muted">{words.labelled(words.text("copyAs"), "")}</span>
      <button type="button" onClick={() => copy(location.href)}>{words.text("copyLink")}</button>
      <button type="button" title={command} onClick={() => copy(command)}>{words.text("copyCommand")}</button>
      <button type="button" title={python} onClick={() => copy(python)}>{words.text("copyPython")}</button>
      <span role="status">
        {copied && (
          <>
            {words.labelled(words.text("copied"), "")}<code>{copied}</code>
          </>
        )}
      </span>
    </div>
  );
}
