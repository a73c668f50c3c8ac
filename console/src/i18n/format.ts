// How numbers, times, lengths and money look in the chosen language.
import { useMemo } from "react";
import { useWords } from "./index";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Formatters of the chosen language, in the browser's time zone. */
export function useFormat() {
  const { language } = useWords();
  return useMemo(() => {
    const number = new Intl.NumberFormat(language);
    const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
    const decimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
    const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
    const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
    const bytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    const point = decimal.formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ".";
    const clockOf = (whole: number) => {
      const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
      const two = (part: number) => String(part).padStart(2, "0");
      return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
    };
    const withTenths = (tenths: number) => `${clockOf(Math.floor(tenths / 10))}${point}${tenths % 10}`;
    return {
      number: (value: number) => number.format(value),
      percent: (part: number) => percent.format(part),
      /** With one digit after the point. */
      decimal: (value: number) => decimal.format(value),
      full: (time: string) => full.format(new Date(time)),
      short: (time: string) => short.format(new Date(time)),
      date: (time: string) => date.format(new Date(time)),
      clock: (time: string) => clock.format(new Date(time)),
      /** "3 min. ago"; beyond a week the date. */
      ago: (time: string, now = Date.now()) => {
        const seconds = (new Date(time).getTime() - now) / 1000;
        if (Math.abs(seconds) > 7 * 86_400) return date.format(new Date(time));
        const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
        return relative.format(Math.round(seconds / size), unit);
      },
      /** Seconds as `1:05` or `1:02:05`. */
      length: (seconds: number) => clockOf(Math.max(0, Math.round(seconds))),
      /** Seconds from a moment, with tenths: `+3.4 s`, `−0.6 s`, beyond a minute `+1:05.3`. */
      offset: (seconds: number) => {
        const tenths = Math.round(Math.abs(seconds) * 10);
        const sign = tenths === 0 ? "" : seconds < 0 ? "−" : "+";
        return tenths < 600 ? `${sign}${decimal.format(tenths / 10)} s` : `${sign}${withTenths(tenths)}`;
      },
      /** Seconds as `1:05.3`. */
      tenths: (seconds: number) => withTenths(Math.round(Math.max(0, seconds) * 10)),
      /** An amount as the API writes it (a decimal number as text) in its currency. */
      money: (amount: string | number, currency: string) =>
        new Intl.NumberFormat(language, {
          style: "currency",
          currency,
          minimumFractionDigits: 2,
          maximumFractionDigits: 6,
        }).format(Number(amount)),
      bytes: (size: number) => {
        const units = ["B", "kB", "MB", "GB"];
        let index = 0;
        while (size >= 1000 && index < units.length - 1) {
          size /= 1000;
          index += 1;
        }
        return `${bytes.format(size)} ${units[index]}`;
      },
    };
  }, [language]);
}
