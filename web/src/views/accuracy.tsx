// How well this very series has been forecast, beside the seasonal naive forecast.
import { useState } from "preact/hooks";
import { type Forecast, LEVELS } from "../forecasts";
import type { BacktestProgress, BacktestScore } from "../generated/tradecast/v1/backtest_pb";
import { HORIZON } from "../horizon";
import { useLoaded } from "../load";
import { ProblemBox } from "../parts";
import { backtestClient } from "../service";
import { term } from "../text/terms";
import { useWords } from "../text/text";

export function Accuracy({ forecast, asOf }: { forecast: Forecast | undefined; asOf: string }) {
  const words = useWords();
  const [running, setRunning] = useState(false);
  const accuracy = forecast?.accuracy;
  const better = accuracy && 1 - accuracy.smape / accuracy.naiveSmape;
  return (
    <>
      {accuracy ? (
        <>
          <p>
            {words.sentences([
              words.text("accuracyText", { months: accuracy.months }),
              better !== undefined &&
                Number.isFinite(better) &&
                words.text(better >= 0 ? "accuracyBetter" : "accuracyWorse", {
                  share: words.share(Math.abs(better)),
                }),
            ])}
          </p>
          <div class="scroll" tabIndex={0} role="region" aria-label={words.text("accuracy")}>
            <table>
              <caption class="hidden">{words.text("accuracy")}</caption>
              <thead>
                <tr>
                  <td />
                  <th scope="col">{words.text("accuracySmape")}</th>
                  <th scope="col">{words.text("accuracyMase")}</th>
                  {accuracy.coverage.map(({ level }) => (
                    <th scope="col" key={level}>{words.text("accuracyCovered", { level })}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">{words.text("median")}</th>
                  <td>{words.plain(accuracy.smape)}</td>
                  <td>{words.plain(accuracy.mase, 2)}</td>
                  {accuracy.coverage.map(({ level, share }) => (
                    <td key={level}>{words.share(share)}</td>
                  ))}
                </tr>
                <tr>
                  <th scope="row">{words.text("naive")}</th>
                  <td>{words.plain(accuracy.naiveSmape)}</td>
                  <td>{words.plain(accuracy.naiveMase, 2)}</td>
                  {accuracy.coverage.map(({ level }) => (
                    <td key={level}>–</td>
                  ))}
                </tr>
              </tbody>
            </table>
          </div>
        </>
      ) : (
        <p>{words.text("accuracyNone")}</p>
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
      <h3>{words.text("backtestTitle")}</h3>
      {backtest.busy && progress && (
        <p role="status">
          {words.text("backtestProgress", { done: progress.done, total: progress.total })}{" "}
          <progress value={progress.done} max={progress.total} aria-label={words.text("backtest")} />
        </p>
      )}
      {scores.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("backtestTitle")}>
          <table>
            <caption class="hidden">{words.text("backtestTitle")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("methodName")}</th>
                {names.map((name) => (
                  <th scope="col" key={name}>{term(words.language, "score", name)}</th>
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
