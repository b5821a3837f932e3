// Small pieces that every view is made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, setApiKey } from "./service";
import { useWords } from "./text/text";

export function Card({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section class="card">
      {title && <h2>{title}</h2>}
      {children}
    </section>
  );
}

/** A section that is filled only once it is opened. */
export function Fold({ title, children }: { title: string; children: () => ComponentChildren }) {
  const [opened, setOpened] = useState(false);
  return (
    <details class="card" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {opened && children()}
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
  return (
    <div class="problem" role="alert">
      <strong>{words.text("error")}</strong>
      <p>{problem.message}</p>
      {problem.needsKey ? (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            setApiKey(field.current?.value.trim() ?? "");
            again();
          }}
        >
          <label>
            {words.text("apiKey")}
            <input ref={field} type="password" autocomplete="off" />
          </label>
          <button type="submit">{words.text("apiKeyUse")}</button>
          <p class="muted">{words.text("apiKeyHint")}</p>
        </form>
      ) : (
        <button type="button" onClick={again}>
          {words.text("retry")}
        </button>
      )}
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

/** A slider that reports its value once it rests for a moment. */
export function Slider({
  label,
  value,
  min,
  max,
  step,
  write,
  onRest,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  write: (value: number) => string;
  onRest: (value: number) => void;
}) {
  const [shown, setShown] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setShown(value), [value]);
  return (
    <label class="slider">
      <span>{label}</span>
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
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onRest(next), 150);
        }}
      />
      <output>{write(shown)}</output>
    </label>
  );
}

/** Buttons that copy this view as a link, a command or a line of Python. */
export function CopyAs({ command, python }: { command: string; python: string }) {
  const words = useWords();
  const [copied, setCopied] = useState("");
  const copy = async (name: string, text: string) => {
    await navigator.clipboard.writeText(text);
    setCopied(name);
  };
  return (
    <div class="row copy">
      <span class="muted">{words.text("copyAs")}:</span>
      <button type="button" onClick={() => copy("link", location.href)}>{words.text("copyLink")}</button>
      <button type="button" title={command} onClick={() => copy("command", command)}>{words.text("copyCommand")}</button>
      <button type="button" title={python} onClick={() => copy("python", python)}>{words.text("copyPython")}</button>
      <span role="status">{copied && words.text("copied")}</span>
    </div>
  );
}
