// Texts of the console: one file a language and area, loaded for the chosen language only.
import { createContext, useContext, useMemo, type ReactNode } from "react";
import type en from "./en";
import { teller } from "./told";

export type Key = keyof typeof en;
/** The texts of the console; `told` says sentences of the appliance in the same language, found by the English ones. */
export type Messages = Record<Key, string> & { told?: Record<string, string> };
export type Language = "en" | "de";
export type Values = Record<string, string | number>;

export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };
const STORED = "callwright.language";

/** The language that was chosen here, else the browser's first that we have. */
export function chosenLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  const wanted = [stored ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return (wanted.find((tag) => tag in LANGUAGES) as Language | undefined) ?? "en";
}

/** Keeps the choice and reads the page again: every text changes. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
  location.reload();
}

export async function loadMessages(language: Language): Promise<Messages> {
  return language === "de" ? (await import("./de")).default : (await import("./en")).default;
}

export interface Words {
  language: Language;
  /** The text of a key, `{name}` replaced by values; with `count` the key's `_one` or `_other`. */
  t: (key: Key | PluralKey, values?: Values) => string;
  /** The text of a key that is made at run time, such as `outcome.human`; `fallback` where there is none. */
  maybe: (key: string, fallback: string) => string;
  /** A sentence that the appliance wrote in English; `null`: it has none in this language. */
  told: (sentence: string) => string | null;
}
type Plural<K> = K extends `${infer Base}_other` ? Base : never;
export type PluralKey = Plural<Key>;

const Context = createContext<Words | null>(null);

export function WordsProvider(props: { language: Language; messages: Messages; children: ReactNode }) {
  const { language, messages } = props;
  const words = useMemo<Words>(() => {
    const plural = new Intl.PluralRules(language);
    const number = new Intl.NumberFormat(language);
    const { told: sentences = {}, ...texts } = messages;
    const table: Record<string, string | undefined> = texts;
    const find = (key: string, values?: Values) => {
      if (typeof values?.count === "number") {
        const form = table[`${key}_${plural.select(values.count)}`] ?? table[`${key}_other`];
        if (form !== undefined) return form;
      }
      return table[key];
    };
    const t = (key: string, values?: Values) =>
      (find(key, values) ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values?.[name];
        if (value === undefined) return whole;
        return typeof value === "number" ? number.format(value) : value;
      });
    const told =
      language === "en"
        ? (sentence: string) => sentence
        : teller(sentences, (kind, code) => table[`${kind}.${code}`] ?? code);
    return { language, t, maybe: (key, fallback) => find(key) ?? fallback, told };
  }, [language, messages]);
  return <Context value={words}>{props.children}</Context>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (words === null) throw new Error("no language is loaded");
  return words;
}
