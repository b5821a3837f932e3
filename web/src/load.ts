// Answers of the service as state of a view: loading, arrived or failed, and cancelled in time.
import { useLayoutEffect, useState } from "preact/hooks";
import { type Problem, problemOf } from "./service";

export interface Loaded<T> {
  value: T | undefined;
  problem: Problem | undefined;
  busy: boolean;
}

/**
 * Run a call whenever `keys` change, and cancel the one before. A call may publish what has arrived
 * so far. While the next answer is under way the last one stays on screen, unless it is about
 * something else: then `about` differs.
 */
export function useLoaded<T>(
  keys: readonly unknown[],
  call: (signal: AbortSignal, publish: (value: T) => void) => Promise<T | undefined>,
  about = "",
): Loaded<T> & { again: () => void } {
  const [state, setState] = useState<Loaded<T> & { about: string }>({
    value: undefined,
    problem: undefined,
    busy: true,
    about,
  });
  const [attempt, setAttempt] = useState(0);
  // Before the next frame: a view of several calls in turn would wait for as many frames.
  useLayoutEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const kept = (before: Loaded<T> & { about: string }) =>
      before.about === about ? before.value : undefined;
    setState((before) => ({ value: kept(before), problem: undefined, busy: true, about }));
    call(signal, (value) => {
      if (!signal.aborted) setState({ value, problem: undefined, busy: true, about });
    }).then(
      (value) => {
        if (signal.aborted) return;
        setState((before) => ({ value: value ?? kept(before), problem: undefined, busy: false, about }));
      },
      (error: unknown) => {
        const problem = problemOf(error);
        if (!signal.aborted && problem) setState({ value: undefined, problem, busy: false, about });
      },
    );
    return () => controller.abort();
  }, [...keys, about, attempt]);
  const again = () => setAttempt((count) => count + 1);
  // Until the effect has run, the state is that of the keys before.
  const isOld = state.about !== about;
  return isOld
    ? { value: undefined, problem: undefined, busy: true, again }
    : { value: state.value, problem: state.problem, busy: state.busy, again };
}
