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
 * so far. While the next answer is under way the last one stays on screen.
 */
export function useLoaded<T>(
  keys: readonly unknown[],
  call: (signal: AbortSignal, publish: (value: T) => void) => Promise<T | undefined>,
): Loaded<T> & { again: () => void } {
  const [state, setState] = useState<Loaded<T>>({
    value: undefined,
    problem: undefined,
    busy: true,
  });
  const [attempt, setAttempt] = useState(0);
  // Before the next frame: a view of several calls in turn would wait for as many frames.
  useLayoutEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState((before) => ({ ...before, problem: undefined, busy: true }));
    call(signal, (value) => {
      if (!signal.aborted) setState({ value, problem: undefined, busy: true });
    }).then(
      (value) => {
        if (signal.aborted) return;
        setState((before) => ({ value: value ?? before.value, problem: undefined, busy: false }));
      },
      (error: unknown) => {
        const problem = problemOf(error);
        if (!signal.aborted && problem) setState({ value: undefined, problem, busy: false });
      },
    );
    return () => controller.abort();
  }, [...keys, attempt]);
  return { ...state, again: () => setAttempt((count) => count + 1) };
}
