// The colours of charts, from the style sheet, so that both themes are kept in one place.
export interface Colours {
  text: string;
  grid: string;
  observed: string;
  forecast: string;
  band: string;
  naive: string;
  up: string;
  down: string;
  background: string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: value("--muted"),
    grid: value("--line"),
    observed: value("--observed"),
    forecast: value("--forecast"),
    band: value("--band"),
    naive: value("--naive"),
    up: value("--up"),
    down: value("--down"),
    background: value("--card"),
  };
}
