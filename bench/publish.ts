/** Writes a report where people look: `bench/results/`, and between two markers of the README. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { plot } from "./plot.ts";
import { type Report, toJson } from "./report.ts";
import { readmeMarkdown, tableMarkdown } from "./table.ts";

export const RESULTS = new URL("results/", import.meta.url);
export const README = new URL("../README.md", import.meta.url);
const BEGIN = "<!-- bench: written by `npm run bench -- --full --write` -->";
const END = "<!-- /bench -->";

export function publish(report: Report): void {
  mkdirSync(RESULTS, { recursive: true });
  for (const [name, text] of Object.entries(files(report))) writeFileSync(new URL(name, RESULTS), text);
  writeFileSync(README, withSection(readFileSync(README, "utf8"), read()));
}

/** The files of `results/`. All but the first are made of what the first says, and no more digits than it has. */
export function files(report: Report): Readonly<Record<"results.json" | "table.md" | "plot.svg", string>> {
  const json = toJson(report);
  const rounded = JSON.parse(json) as Report;
  return { "results.json": json, "table.md": tableMarkdown(rounded), "plot.svg": plot(rounded) };
}

/** What `results/results.json` says. */
export function read(): Report {
  return JSON.parse(readFileSync(new URL("results.json", RESULTS), "utf8")) as Report;
}

/** @throws Error if the page has no markers */
export function withSection(page: string, report: Report): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`Expected ${BEGIN} and ${END} in the page`);
  return `${page.slice(0, begin + BEGIN.length)}\n${readmeMarkdown(report)}\n${page.slice(end)}`;
}
