// Files made in the browser; nothing leaves the machine.
import { colours } from "./charts/colours";

function save(name: string, address: string) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

export function saveText(name: string, type: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  save(name, address);
  URL.revokeObjectURL(address);
}

/** Save a drawing below its title, on the background of its page. */
export function saveCanvas(name: string, title: string, canvas: HTMLCanvasElement) {
  const head = Math.round(28 * devicePixelRatio);
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height + head;
  const context = copy.getContext("2d");
  if (!context) return;
  const tint = colours();
  context.fillStyle = tint.background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.fillStyle = tint.text;
  context.font = `${14 * devicePixelRatio}px sans-serif`;
  context.fillText(title, head / 2, (head * 3) / 4);
  context.drawImage(canvas, 0, head);
  save(name, copy.toDataURL("image/png"));
}

/** Save a drawing of SVG as PNG, twice as large as it is stated. */
export async function saveSvgAsPng(name: string, svg: string) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.naturalWidth;
  canvas.height = 2 * image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  save(name, canvas.toDataURL("image/png"));
}

/** Write rows as CSV. Cells that spreadsheets would run as formulas are quoted as text. */
export function toCsv(rows: (string | number | undefined)[][]): string {
  const cell = (value: string | number | undefined) => {
    if (value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@]/.test(value) ? `'${value}` : value;
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join(",")).join("\n")}\n`;
}
