// What one step says and does, as fields; and all steps in a list, for who does not see or use the canvas.
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { Button, CheckField, Note, SelectField, TextArea, TextField, Told, type Option } from "../../ui";
import { branchesOf, casesOf, choicesOf, waysOf, withWay, type Case, type Draft, type Step } from "./graph";
import { useWayLabel } from "./labels";

export interface Edit {
  step: Step;
  change: (step: Step, topic?: string) => void;
}
const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? String(value) : "");

export function Inspector(props: {
  draft: Draft;
  id: string;
  faults: readonly string[];
  locked: boolean;
  onChange: (step: Step, topic?: string) => void;
  onRename: (id: string) => void;
  onStart: () => void;
  onRemove: () => void;
}) {
  const { t, maybe } = useWords();
  const { draft, id } = props;
  const step = draft.steps[id];
  const [name, setName] = useState<string | null>(null);
  if (step === undefined) return null;
  const wrongName = name !== null && name !== id && (!/^[A-Za-z0-9_-]{1,64}$/.test(name) || name in draft.steps);
  const edit: Edit = { step, change: props.onChange };
  return (
    <fieldset className="inspector" disabled={props.locked}>
      <legend>
        <h2>{maybe(`flows.type_${step.type}`, step.type)}</h2>
      </legend>
      {props.faults.length > 0 && (
        <Note tone="bad">
          <ul>
            {props.faults.map((fault) => (
              <li key={fault}>
                <Told text={fault} />
              </li>
            ))}
          </ul>
        </Note>
      )}
      <TextField
        label={t("flows.id")}
        value={name ?? id}
        error={wrongName ? t("flows.id_wrong") : undefined}
        onChange={(event) => setName(event.target.value)}
        onBlur={() => {
          if (name !== null && name !== id && !wrongName) props.onRename(name);
          setName(null);
        }}
      />
      <Fields edit={edit} />
      <Ways draft={draft} id={id} edit={edit} />
      <div className="row">
        {draft.start !== id && <Button onClick={props.onStart}>{t("flows.make_start")}</Button>}
        <Button look="danger" onClick={props.onRemove}>
          <Trash2 size={16} aria-hidden="true" />
          {t("flows.remove_step")}
        </Button>
      </div>
    </fieldset>
  );
}

/** A select of where a way leads. */
export function TargetField(props: {
  label: string;
  draft: Draft;
  value: string | null;
  also?: Option;
  onChange: (target: string | null) => void;
}) {
  const { t, maybe } = useWords();
  const options: Option[] = [
    props.also ?? ["", t("flows.ends")],
    ...Object.entries(props.draft.steps).map(
      ([id, step]) => [id, `${id} (${maybe(`flows.type_${step.type}`, step.type)})`] as const,
    ),
  ];
  return (
    <SelectField
      label={props.label}
      value={props.value ?? ""}
      onChange={(event) => props.onChange(event.target.value || null)}
      options={options}
    />
  );
}

function Ways({ draft, id, edit }: { draft: Draft; id: string; edit: Edit }) {
  const { t } = useWords();
  const label = useWayLabel();
  const ways = waysOf(edit.step, edit.step.type !== "gather");
  const more = edit.step.type === "gather" ? waysOf(edit.step, true).filter((way) => !ways.some((each) => each.key === way.key)) : [];
  if (ways.length === 0) return null;
  const field = (way: (typeof ways)[number]) => (
    <TargetField
      key={`${id} ${way.key}`}
      label={label(way)}
      draft={draft}
      value={way.target}
      onChange={(to) => edit.change(withWay(edit.step, way.key, to))}
    />
  );
  return (
    <>
      <h3>{t("flows.ways")}</h3>
      {ways.map(field)}
      {more.length > 0 && (
        <details>
          <summary>{t("flows.more_ways")}</summary>
          <div className="stack-small">{more.map(field)}</div>
        </details>
      )}
    </>
  );
}

function Fields({ edit }: { edit: Edit }) {
  switch (edit.step.type) {
    case "say":
      return <SayFields edit={edit} />;
    case "play":
      return <AudioField edit={edit} />;
    case "gather":
      return <GatherFields edit={edit} />;
    case "branch":
      return <BranchFields edit={edit} />;
    case "set":
      return <SetFields edit={edit} />;
    default:
      return <PlainFields edit={edit} />;
  }
}

function SayFields({ edit }: { edit: Edit }) {
  const { t } = useWords();
  return (
    <TextArea
      label={t("flows.text")}
      hint={t("flows.text_hint")}
      value={text(edit.step.text)}
      onChange={(event) => edit.change({ ...edit.step, text: event.target.value }, "text")}
    />
  );
}

function AudioField({ edit }: { edit: Edit }) {
  const { t } = useWords();
  const audio = usePages("/api/v1/audio", "audio", { query: { state: "ready" } }, { limit: 200 });
  const known: Option[] = audio.items.map((each) => [each.audio_id, each.name || each.audio_id] as const);
  const now = text(edit.step.audio);
  const also: Option[] = now !== "" && !known.some(([id]) => id === now) ? [[now, now]] : [];
  return (
    <SelectField
      label={t("flows.audio")}
      hint={known.length === 0 ? t("flows.audio_none") : undefined}
      value={now}
      onChange={(event) => edit.change({ ...edit.step, audio: event.target.value })}
      options={[["", t("flows.audio_choose")], ...also, ...known]}
    />
  );
}

function GatherFields({ edit }: { edit: Edit }) {
  const { t } = useWords();
  const { step, change } = edit;
  const prompt = (step.prompt ?? []) as { type: string; text?: string }[];
  const said = prompt.length <= 1 && prompt.every((item) => item.type === "say");
  const branches = branchesOf(step);
  const choices = choicesOf(step);
  const [key, setKey] = useState("");
  const taken = key in branches;
  const [words, setWords] = useState("");
  return (
    <>
      {said ? (
        <TextArea
          label={t("flows.question")}
          hint={t("flows.text_hint")}
          value={text(prompt[0]?.text)}
          onChange={(event) =>
            change({ ...step, prompt: event.target.value === "" ? [] : [{ ...prompt[0], type: "say", text: event.target.value }] }, "prompt")
          }
        />
      ) : (
        <Note>{t("flows.prompt_many", { count: prompt.length })}</Note>
      )}
      <h3>{t("flows.keys")}</h3>
      <ul className="chips">
        {Object.keys(branches).map((each) => (
          <li key={each}>
            <kbd>{each}</kbd>
            <Button
              look="quiet"
              small
              icon
              aria-label={t("flows.remove_key", { key: each })}
              onClick={() => change({ ...step, branches: Object.fromEntries(Object.entries(branches).filter(([name]) => name !== each)) })}
            >
              <Trash2 size={14} aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
      <AddRow
        label={t("flows.new_key")}
        value={key}
        onChange={(value) => setKey(value.replace(/[^0-9*#A-Da-d]/g, "").toUpperCase())}
        disabled={key === "" || taken}
        onAdd={() => {
          change({ ...step, branches: { ...branches, [key]: null } });
          setKey("");
        }}
      />
      <h3>{t("flows.words")}</h3>
      <ul className="chips">
        {choices.map((choice, index) => (
          <li key={choice.words.join(" ")}>
            {choice.words.join(", ")}
            <Button
              look="quiet"
              small
              icon
              aria-label={t("flows.remove_key", { key: choice.words.join(", ") })}
              onClick={() => change({ ...step, keywords: choices.filter((_, place) => place !== index) })}
            >
              <Trash2 size={14} aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
      <AddRow
        label={t("flows.new_words")}
        value={words}
        onChange={setWords}
        disabled={words.trim() === ""}
        onAdd={() => {
          const list = words.split(",").map((word) => word.trim()).filter(Boolean);
          change({ ...step, keywords: [...choices, { words: list, next: null }] });
          setWords("");
        }}
      />
      <div className="columns-narrow">
        <NumberField edit={edit} name="attempts" label={t("flows.attempts")} min={1} max={10} fallback={3} />
        <NumberField edit={edit} name="timeout_seconds" label={t("flows.timeout")} min={1} max={120} fallback={5} />
        <NumberField edit={edit} name="max_digits" label={t("flows.max_digits")} min={1} max={32} />
      </div>
      <SaveAs edit={edit} />
      <CheckField
        label={t("flows.sensitive")}
        hint={t("flows.sensitive_hint")}
        checked={step.sensitive === true}
        onChange={(event) => change({ ...step, sensitive: event.target.checked })}
      />
    </>
  );
}

function AddRow(props: { label: string; value: string; onChange: (value: string) => void; disabled: boolean; onAdd: () => void }) {
  const { t } = useWords();
  return (
    <div className="add-row">
      <TextField
        label={props.label}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || props.disabled) return;
          event.preventDefault();
          props.onAdd();
        }}
      />
      <Button disabled={props.disabled} onClick={props.onAdd} aria-label={`${t("common.add")}: ${props.label}`}>
        <Plus size={16} aria-hidden="true" />
        {t("common.add")}
      </Button>
    </div>
  );
}

function NumberField(props: { edit: Edit; name: string; label: string; min: number; max: number; fallback?: number }) {
  const { step, change } = props.edit;
  return (
    <TextField
      label={props.label}
      type="number"
      min={props.min}
      max={props.max}
      value={number(step[props.name] ?? props.fallback)}
      onChange={(event) =>
        change({ ...step, [props.name]: event.target.value === "" ? null : Number(event.target.value) }, props.name)
      }
    />
  );
}

function SaveAs({ edit }: { edit: Edit }) {
  const { t } = useWords();
  return (
    <TextField
      label={t("flows.save_as")}
      hint={t("flows.save_as_hint")}
      optional
      value={text(edit.step.save_as)}
      onChange={(event) => edit.change({ ...edit.step, save_as: event.target.value || null }, "save_as")}
    />
  );
}

const OPERATORS = ["==", "!=", ">", "<", ">=", "<=", "contains", "exists"] as const;

function BranchFields({ edit }: { edit: Edit }) {
  const { t } = useWords();
  const { step, change } = edit;
  const cases = casesOf(step);
  const put = (index: number, next: Partial<Case>, topic?: string) =>
    change({ ...step, cases: cases.map((each, place) => (place === index ? { ...each, ...next } : each)) }, topic);
  return (
    <>
      <h3>{t("flows.cases")}</h3>
      {cases.map((each, index) => (
        // cases are told apart by their place
        <div key={index} className="case">
          <TextField
            label={t("flows.variable")}
            value={each.variable}
            onChange={(event) => put(index, { variable: event.target.value }, `variable ${index}`)}
          />
          <SelectField
            label={t("flows.operator")}
            value={each.operator}
            onChange={(event) => put(index, { operator: event.target.value })}
            options={[...new Set([...OPERATORS, each.operator])].map((operator) => [operator, operator] as const)}
          />
          {each.operator !== "exists" && (
            <TextField
              label={t("flows.value")}
              value={Array.isArray(each.value) ? each.value.join(", ") : String(each.value ?? "")}
              onChange={(event) =>
                put(
                  index,
                  { value: each.operator === "in" ? event.target.value.split(",").map((part) => part.trim()) : event.target.value },
                  `value ${index}`,
                )
              }
            />
          )}
          <Button
            look="quiet"
            small
            onClick={() => change({ ...step, cases: cases.filter((_, place) => place !== index) })}
            disabled={cases.length === 1}
          >
            {t("common.remove")}
          </Button>
        </div>
      ))}
      <Button onClick={() => change({ ...step, cases: [...cases, { variable: "digits", operator: "==", value: "", next: null }] })}>
        <Plus size={16} aria-hidden="true" />
        {t("flows.add_case")}
      </Button>
    </>
  );
}

function SetFields({ edit }: { edit: Edit }) {
  const { t } = useWords();
  const variables = (edit.step.variables ?? {}) as Record<string, unknown>;
  const [name, setName] = useState("");
  return (
    <>
      {Object.entries(variables).map(([each, value]) => (
        <TextField
          key={each}
          label={each}
          value={String(value ?? "")}
          onChange={(event) => edit.change({ ...edit.step, variables: { ...variables, [each]: event.target.value } }, `set ${each}`)}
        />
      ))}
      <AddRow
        label={t("flows.new_variable")}
        value={name}
        onChange={setName}
        disabled={!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name) || name in variables}
        onAdd={() => {
          edit.change({ ...edit.step, variables: { ...variables, [name]: "" } });
          setName("");
        }}
      />
    </>
  );
}

/** Fields of the other types: text, a number, or one of a few. */
const PLAIN: Record<string, readonly (readonly [name: string, kind: "text" | "area" | "number"])[]> = {
  transfer: [["to", "text"], ["ring_timeout_seconds", "number"]],
  record: [["max_seconds", "number"], ["save_as", "text"]],
  sms: [["text", "area"]],
  email: [["to", "text"], ["subject", "text"], ["text", "area"]],
  webhook: [["url", "text"]],
  wait: [["seconds", "number"]],
  optout: [["confirmation", "area"]],
};

function PlainFields({ edit }: { edit: Edit }) {
  const { t, maybe } = useWords();
  const { step, change } = edit;
  const account = useGet("/api/v1/account", {}, { staleTime: 60_000 });
  const fields = PLAIN[step.type] ?? [];
  return (
    <>
      {fields.map(([name, kind]) => {
        const label = maybe(`flows.field_${name}`, name);
        const common = {
          label,
          value: kind === "number" ? number(step[name]) : text(step[name]),
        };
        const put = (value: string) =>
          change({ ...step, [name]: kind === "number" ? (value === "" ? null : Number(value)) : value || (name === "save_as" ? null : "") }, name);
        return kind === "area" ? (
          <TextArea key={name} {...common} onChange={(event) => put(event.target.value)} />
        ) : (
          <TextField key={name} {...common} type={kind} onChange={(event) => put(event.target.value)} />
        );
      })}
      {step.type === "webhook" && (
        <CheckField
          label={t("flows.wait_reply")}
          checked={step.wait === true}
          onChange={(event) => change({ ...step, wait: event.target.checked })}
        />
      )}
      {step.type === "optout" && (
        <SelectField
          label={t("flows.scope")}
          value={text(step.scope) || "organisation"}
          onChange={(event) => change({ ...step, scope: event.target.value })}
          options={(["organisation", "channel", "campaign", "topic"] as const).map((scope) => [
            scope,
            t(`flows.scope_${scope}`, { name: account.data?.organisation.name ?? "" }),
          ])}
        />
      )}
    </>
  );
}
