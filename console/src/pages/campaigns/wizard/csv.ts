// Reads lists that people paste or upload: commas, semicolons or tabs, quotes as RFC 4180 has them.
import { OTHER, SKIP, TO } from "./form";

export interface Sheet {
  columns: string[];
  rows: string[][];
  mapping: string[];
}

function separatorOf(text: string): string {
  const line = text.slice(0, 4_000).split(/\r?\n/, 1)[0] ?? "";
  const counts = ["\t", ";", ","].map((mark) => [mark, line.split(mark).length] as const);
  return counts.reduce((best, each) => (each[1] > best[1] ? each : best), [",", 1] as readonly [string, number])[0];
}

export function cells(text: string): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    cell = "";
    if (row.some((each) => each.trim() !== "")) rows.push(row);
    row = [];
  };
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (quoted) {
      if (letter === '"' && text[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else if (letter === '"') quoted = false;
      else cell += letter;
    } else if (letter === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (letter === separator) {
      row.push(cell);
      cell = "";
    } else if (letter === "\n") endRow();
    else if (letter !== "\r" && !(letter === "\ufeff" && index === 0)) cell += letter;
  }
  endRow();
  return rows;
}

/** The list as text again, so that `read` finds the same in it. */
export function write(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const named = columns.some((column) => column !== "");
  const quoted = (cell: string) => (/[",;\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return (named ? [columns, ...rows] : rows).map((row) => row.map(quoted).join(", ")).join("\n");
}

const NUMBER = /^\+?[\d\s().\-/]{5,}$/;
const CALLED_NUMBER = /^(to|phone|phone[ _]?number|tel|telephone|mobile|cell|number|telefon|telefonnummer|handy|mobil|nummer)$/i;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const CALLED_ADDRESS = /^(to|e-?mail([ _]?address)?|mail|e-?mail-?adresse)$/i;
const CALLED_OTHER = /^(other|other[ _]?number|phone ?2|second|zweitnummer)$/i;

/** A placeholder's name made of a column's. */
export function nameOf(column: string, index: number): string {
  const name = column.trim().replace(/[^A-Za-z0-9_.]+/g, "_").replace(/^[^A-Za-z_]+/, "").replace(/_+$/, "");
  return name === "" ? `COLUMN_${index + 1}` : name;
}

/**
 * Reads a list of numbers, or of email addresses. `header` undefined: the first line names the columns unless a number
 * or an address stands in it.
 */
export function read(text: string, header?: boolean, of: "numbers" | "addresses" = "numbers"): Sheet {
  const [reaches, called] = of === "addresses" ? [ADDRESS, CALLED_ADDRESS] : [NUMBER, CALLED_NUMBER];
  const all = cells(text);
  const first = all[0] ?? [];
  const named = header ?? (all.length > 0 && !first.some((cell) => NUMBER.test(cell.trim()) || ADDRESS.test(cell.trim())));
  const rows = named ? all.slice(1) : all;
  const width = all.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = Array.from({ length: width }, (_, index) => (named ? (first[index] ?? "").trim() : ""));
  const byName = columns.findIndex((column) => called.test(column));
  const byCells = columns.findIndex((_, index) => rows.slice(0, 20).some((row) => reaches.test(row[index]?.trim() ?? "")));
  const to = byName >= 0 ? byName : byCells;
  const mapping = columns.map((column, index) => {
    if (index === to) return TO;
    if (of === "numbers" && CALLED_OTHER.test(column)) return OTHER;
    return column === "" && named ? SKIP : nameOf(column, index);
  });
  return { columns, rows, mapping };
}
