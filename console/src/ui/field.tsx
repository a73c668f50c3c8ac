// Labelled fields. Inside a <Form> each shows what the API says about it, found by its `name`.
import {
  createContext,
  useContext,
  useEffect,
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { Switch as RadixSwitch } from "radix-ui";
import type { Problem } from "../api/problem";
import { Told } from "./pieces";
import { useWords } from "../i18n";

interface FormState {
  problem: Problem | null;
  /** A field tells that it shows its own errors. */
  claim: (name: string) => () => void;
}
export const FormContext = createContext<FormState>({ problem: null, claim: () => () => undefined });

interface Common {
  label: ReactNode;
  hint?: ReactNode;
  /** Wrong whatever the API says. */
  error?: string | undefined;
  /** The field's name in the API's problems; also its name in the form. */
  name?: string;
  /** Says "optional" beside the label. */
  optional?: boolean;
  hideLabel?: boolean;
}

function useField({ name, error, hint }: Common) {
  const id = useId();
  const { problem, claim } = useContext(FormContext);
  useEffect(() => (name === undefined ? undefined : claim(name)), [name, claim]);
  const said = name === undefined ? undefined : problem?.of(name);
  const wrong: ReactNode = error ?? (said === undefined ? undefined : <Told text={said} />);
  const described = [hint !== undefined && `${id}-hint`, wrong !== undefined && `${id}-error`].filter(Boolean).join(" ");
  return {
    id,
    wrong,
    control: {
      id,
      name,
      "aria-invalid": wrong !== undefined || undefined,
      "aria-describedby": described || undefined,
    },
  };
}

/** The frame of any field: label, control, hint, error. */
export function Field(props: Common & { children: (control: ReturnType<typeof useField>["control"]) => ReactNode }) {
  const { t } = useWords();
  const { id, wrong, control } = useField(props);
  return (
    <div className="field">
      <label htmlFor={id} className={props.hideLabel ? "visually-hidden" : undefined}>
        {props.label}
        {props.optional && <span className="field-optional">{t("common.optional")}</span>}
      </label>
      {props.children(control)}
      {props.hint !== undefined && (
        <span className="field-hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      {wrong !== undefined && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

function split<T extends Common>(props: T): [Common, Omit<T, keyof Common>] {
  const { label, hint, error, name, optional, hideLabel, ...rest } = props;
  return [{ label, hint, error, name, optional, hideLabel }, rest];
}

export function TextField(props: Common & Omit<InputHTMLAttributes<HTMLInputElement>, "name">) {
  const [common, rest] = split(props);
  return <Field {...common}>{(control) => <input className="input" autoComplete="off" {...rest} {...control} />}</Field>;
}

export function TextArea(props: Common & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "name">) {
  const [common, rest] = split(props);
  return <Field {...common}>{(control) => <textarea className="input" {...rest} {...control} />}</Field>;
}

export type Option = readonly [value: string, label: string];

/** The browser's own select: every keyboard and screen reader knows it. */
export function SelectField(
  props: Common & { options: readonly Option[] } & Omit<SelectHTMLAttributes<HTMLSelectElement>, "name">,
) {
  const [common, { options, ...rest }] = split(props);
  return (
    <Field {...common}>
      {(control) => (
        <select className="input" {...rest} {...control}>
          {options.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: Common & Omit<InputHTMLAttributes<HTMLInputElement>, "name" | "type">) {
  const [common, rest] = split(props);
  const { id, wrong, control } = useField(common);
  return (
    <div className="stack-small">
      <div className="check">
        <input type="checkbox" {...rest} {...control} />
        <label htmlFor={id}>
          {common.label}
          {common.hint !== undefined && (
            <span className="field-hint" id={`${id}-hint`} style={{ display: "block" }}>
              {common.hint}
            </span>
          )}
        </label>
      </div>
      {wrong !== undefined && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

/** On or off, at once. */
export function Switch(props: { label: ReactNode; checked: boolean; onChange: (on: boolean) => void; disabled?: boolean }) {
  const id = useId();
  return (
    <div className="check">
      <RadixSwitch.Root
        id={id}
        className="switch"
        checked={props.checked}
        onCheckedChange={props.onChange}
        disabled={props.disabled}
      >
        <RadixSwitch.Thumb />
      </RadixSwitch.Root>
      <label htmlFor={id}>{props.label}</label>
    </div>
  );
}
