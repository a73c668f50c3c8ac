// All steps in a list, and what concerns the whole flow.
import { AlertTriangle } from "lucide-react";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { Note, SelectField, Told, type Option } from "../../ui";
import { languages as spokenLanguages } from "../../ui/places";
import { gist, reading, type Draft, type Layout } from "./graph";
import { iconOf } from "./icons";
import { TargetField } from "./inspector";

export function Outline(props: {
  draft: Draft;
  layout: Layout;
  faults: Readonly<Record<string, readonly string[]>>;
  general: readonly string[];
  locked: boolean;
  onSelect: (id: string) => void;
  onChange: (draft: Draft, topic?: string) => void;
}) {
  const { t, maybe } = useWords();
  const { draft, faults } = props;
  const ids = reading(draft, props.layout);
  return (
    <fieldset className="inspector" disabled={props.locked}>
      <legend>
        <h2>{t("flows.steps")}</h2>
      </legend>
      {props.general.length > 0 && (
        <Note tone="bad">
          <ul>
            {props.general.map((fault) => (
              <li key={fault}>
                <Told text={fault} />
              </li>
            ))}
          </ul>
        </Note>
      )}
      {ids.length === 0 && <p className="soft">{t("flows.no_steps")}</p>}
      <ul className="outline">
        {ids.map((id) => {
          const step = draft.steps[id];
          if (step === undefined) return null;
          const Icon = iconOf(step.type);
          const wrong = faults[id]?.length ?? 0;
          return (
            <li key={id}>
              <button type="button" data-step={id} onClick={() => props.onSelect(id)}>
                <Icon size={16} aria-hidden="true" />
                <span className="outline-text">
                  <span className="visually-hidden">{maybe(`flows.type_${step.type}`, step.type)}: </span>
                  {gist(step) || id}
                </span>
                {wrong > 0 && (
                  <AlertTriangle size={16} className="step-fault" role="img" aria-label={t("flows.faults", { count: wrong })} />
                )}
              </button>
            </li>
          );
        })}
      </ul>
      <Whole {...props} />
    </fieldset>
  );
}

const MACHINE = ["off", "hangup", "same", "leave"] as const;

function Whole({ draft, onChange }: { draft: Draft; onChange: (draft: Draft, topic?: string) => void }) {
  const { t, language } = useWords();
  const languages = useGet("/api/v1/languages", {}, { staleTime: 300_000 });
  const machine = draft.on_machine ?? { action: "off" };
  const action = machine.action ?? "off";
  const first = Object.keys(draft.steps)[0] ?? null;
  const spoken: Option[] = spokenLanguages(language, languages.data?.languages ?? []);
  const known = draft.language && !spoken.some(([code]) => code === draft.language) ? [[draft.language, draft.language] as const] : [];
  return (
    <>
      <h3>{t("flows.whole")}</h3>
      <SelectField
        label={t("flows.language")}
        value={draft.language ?? ""}
        onChange={(event) => onChange({ ...draft, language: event.target.value || null })}
        options={[["", t("flows.language_account")], ...known, ...spoken]}
      />
      <SelectField
        label={t("flows.on_machine")}
        value={action}
        onChange={(event) => {
          const chosen = event.target.value;
          onChange({ ...draft, on_machine: chosen === "leave" ? { action: chosen, start: machine.start ?? first } : { action: chosen } });
        }}
        options={MACHINE.map((each) => [each, t(`flows.machine_${each}`)] as const)}
      />
      {action === "leave" && (
        <TargetField
          label={t("flows.machine_start")}
          draft={draft}
          value={machine.start ?? null}
          also={["", t("flows.choose_step")]}
          onChange={(start) => onChange({ ...draft, on_machine: { ...machine, start } })}
        />
      )}
    </>
  );
}
