//! Charts as SVG: the same markup stands in a report and in files of its own. Colours are
//! attributes, so that every program shows them; a style sheet in the chart changes them for dark
//! screens.

mod fan;
mod waterfall;

pub(super) use waterfall::{Waterfall, WaterfallPart};

use maud::{Markup, PreEscaped, html};

/// Colours on paper and on light screens.
const INK: &str = "#1f2328";
const MUTED: &str = "#59636e";
const GRID: &str = "#d8dee4";
const HISTORY: &str = "#1f2328";
const FORECAST: &str = "#0b5cad";
const NAIVE: &str = "#9a6700";
const RISE: &str = "#0b5cad";
const FALL: &str = "#bc4c00";
const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";

/// Colours of dark screens, by class.
const DARK: &str = "\
@media screen and (prefers-color-scheme:dark){\
.tc-ink{fill:#e6edf3}.tc-muted{fill:#9198a1}.tc-grid{stroke:#3d444d}.tc-axis{stroke:#9198a1}\
.tc-history{stroke:#e6edf3}.tc-median{stroke:#6cb6ff}.tc-band{fill:#6cb6ff}\
.tc-naive{stroke:#e3b341}.tc-naive-ink{fill:#e3b341}.tc-median-ink{fill:#6cb6ff}\
.tc-rise{fill:#6cb6ff}.tc-fall{fill:#f0883e}.tc-total{fill:#9198a1}}";

/// Wrap the marks of a chart of this size; `title` and `description` are for readers that do not
/// see it.
fn frame(width: f64, height: f64, title: &str, description: &str, marks: &Markup) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={"0 0 " (width) " " (height)}
            width=(width) height=(height) role="img" aria-label={(title) ". " (description)}
            font-family=(FONT) font-size="12" {
            title { (title) }
            desc { (description) }
            style { (PreEscaped(DARK)) }
            (marks)
        }
    }
}

/// Write a coordinate to a tenth of a pixel.
fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
