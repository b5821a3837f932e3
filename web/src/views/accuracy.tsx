// How well this very series has been forecast, beside the seasonal naive forecast.
import { useState } from "preact/hooks";
import { type Forecast, HORIZON, LEVELS } from "../forecasts";
import type { BacktestProgress, BacktestScore } from "../generated/tradecast/v1/backtest_pb";
import { useLoaded } from "../load";
import { ProblemBox } from "../parts";
import { backtestClient } from "../service";
import { useWords } from "../text/text";

export function Accuracy({ forecast, asOf }: { forecast: Forecast | undefined; asOf: string }) {
  const words = useWords();
  const [running, setRunning] = useState(false);
  const accuracy = forecast?.accuracy;
  const covered = (level: number) =>
    words.share(accuracy?.coverage.find((at) => at.level === level)?.share);
  return (
    <>
      {accuracy && (
        <p>
          {words.text("accuracyText", {
            months: accuracy.months,
            smape: words.plain(accuracy.smape),
            naive: words.plain(accuracy.naiveSmape),
            share80: covered(80),
            share95: covered(95),
          })}
        </p>
      )}
      {running && forecast ? (
        <Backtest series={forecast.key} asOf={asOf} />
      ) : (
        <button type="button" onClick={() => setRunning(true)}>
          {words.text("backtest")}
        </button>
      )}
    </>
  );
}

interface BacktestState {
  progress: BacktestProgress | undefined;
  scores: BacktestScore[];
  failure: string | undefined;
}

function Backtest({ series, asOf }: { series: string; asOf: string }) {
  const words = useWords();
  const backtest = useLoaded<BacktestState>([series, asOf], async (signal, publish) => {
    const state: BacktestState = { progress: undefined, scores: [], failure: undefined };
    const request = { series: [series], asOf, origins: 24, horizon: HORIZON, levels: LEVELS };
    for await (const { update } of backtestClient.streamBacktest(request, { signal })) {
      if (update.case === "progress") state.progress = update.value;
      if (update.case === "score" && update.value.series === series) state.scores.push(update.value);
      if (update.case === "failure") state.failure = update.value.message;
      publish({ ...state });
    }
    return { ...state };
  });
  if (backtest.problem) return <ProblemBox problem={backtest.problem} again={backtest.again} />;
  const { progress, scores = [], failure } = backtest.value ?? {};
  if (failure) return <p class="problem">{failure}</p>;
  const names = [...new Set(scores.flatMap((score) => score.scores.map((at) => at.name)))];
  return (
    <>
      {backtest.busy && progress && (
        <p role="status">
          {words.text("backtestProgress", { done: progress.done, total: progress.total })}{" "}
          <progress value={progress.done} max={progress.total} aria-label={words.text("backtest")} />
        </p>
      )}
      {scores.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("accuracy")}>
          <table>
            <caption class="hidden">{words.text("accuracy")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("methodName")}</th>
                {names.map((name) => (
                  <th scope="col" key={name}>{name.replaceAll("_", " ")}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {scores.map((score) => (
                <tr key={score.method}>
                  <th scope="row">{score.method}</th>
                  {names.map((name) => (
                    <td key={name}>
                      {words.plain(score.scores.find((at) => at.name === name)?.value, 3)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
