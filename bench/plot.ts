/** A report as a picture: a dot for each side of each row, on a logarithmic scale. */
import { figureOf, type Report, type RowReport, SIDES, type SideName, TITLES } from "./report.ts";
import { time } from "./table.ts";

/** Text and colours that can be read on white and on black alike: a picture in a README can't know the theme. */
const TEXT = "#76808c";
const LINES = "#76808c40";
const COLOURS: Readonly<Record<SideName, string>> = {
  ours: "#e8590c",
  native: "#2f9e44",
  effect: "#7c6cf0",
  effection: "#d6409f",
  asyncio: "#1c8fd6",
  uvloop: "#b8860b",
};

const ROW = 24;
const NAMES = 330;
const WIDTH = 960;
const RIGHT = 24;
const TOP = 72;
const GROUP = 22;

export function plot(report: Report): string {
  const sides = SIDES.filter((side) => report.rows.some((row) => figureOf(row, side) !== null));
  const values = report.rows.flatMap((row) => sides.flatMap((side) => figureOf(row, side)?.ns ?? []));
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const x = (ns: number) => NAMES + ((Math.log10(ns) - low) / (high - low)) * (WIDTH - NAMES - RIGHT);
  const body: string[] = [];
  let y = TOP;
  let group = "";
  for (const row of report.rows) {
    if (row.group !== group) {
      group = row.group;
      body.push(text(12, y + GROUP / 2 + 8, group, 'font-weight="600"'));
      y += GROUP + 4;
    }
    body.push(...rowMarks(row, sides, x, y + ROW / 2));
    y += ROW;
  }
  const grid: string[] = [];
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power);
    grid.push(`<line x1="${fixed(at)}" y1="${TOP - 8}" x2="${fixed(at)}" y2="${y}" stroke="${LINES}"/>`);
    grid.push(text(at, TOP - 16, scaleLabel(power), 'text-anchor="middle"'));
  }
  const height = y + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${TEXT}" role="img">`,
    "<title>Time per operation, logarithmic; less is better</title>",
    ...legend(sides),
    ...grid,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

/** Ours is drawn last, above the others. */
function rowMarks(row: RowReport, sides: readonly SideName[], x: (ns: number) => number, y: number): string[] {
  const found = sides.flatMap((side) => {
    const figure = figureOf(row, side);
    return figure === null ? [] : [{ side, figure, at: x(figure.ns) }];
  });
  const all = found.map(({ at }) => at);
  return [
    text(24, y + 4, row.name),
    `<line x1="${fixed(Math.min(...all))}" y1="${y}" x2="${fixed(Math.max(...all))}" y2="${y}" stroke="${LINES}" stroke-width="2"/>`,
    ...found.reverse().map(({ side, figure, at }) => {
      const title = `<title>${escapeXml(`${row.name}: ${TITLES[side]} ${time(figure)}`)}</title>`;
      return mark(side, at, y, title);
    }),
  ];
}

function legend(sides: readonly SideName[]): string[] {
  const step = (WIDTH - NAMES - RIGHT) / 6;
  return [
    text(12, 24, "time per operation; less is better", 'font-weight="600"'),
    ...sides.flatMap((side, index) => {
      const left = NAMES + index * step;
      return [mark(side, left, 20, ""), text(left + 13, 24, TITLES[side])];
    }),
  ];
}

/** Native is a ring, so that ours shows within it where both are equal. */
function mark(side: SideName, x: number, y: number, title: string): string {
  const style =
    side === "native"
      ? `r="6.5" fill="none" stroke="${COLOURS[side]}" stroke-width="2.5"`
      : `r="${side === "ours" ? 4.5 : 4}" fill="${COLOURS[side]}"`;
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" ${style}>${title}</circle>`;
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escapeXml(words)}</text>`;
}

function scaleLabel(power: number): string {
  const units = ["ns", "µs", "ms", "s"];
  const unit = Math.min(Math.floor(power / 3), units.length - 1);
  return `${10 ** (power - unit * 3)} ${units[unit]}`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
