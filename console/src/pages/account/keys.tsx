import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, CheckField, Code, Confirm, Dialog, Empty, Facts, Note, Page, PagedTable,
  SelectField, TextField, Time,
} from "../../ui";
import { samples } from "./samples";

const PATH = "/api/v1/keys";
type CreatedKey = components["schemas"]["CreatedKey"];
type Dialect = NonNullable<components["schemas"]["KeyRequest"]["dialect"]>;
const DIALECTS: readonly (readonly [Dialect, string])[] = [
  ["robotalker", "RoboTalker"],
  ["robocall", "Robocall"],
  ["effebot", "Effebot"],
  ["multisender", "Multisender"],
];

export default function Keys() {
  const { t } = useWords();
  const { may } = useSession();
  const keys = usePages(PATH, "keys");
  const revoke = useChange((id: string) => api.DELETE("/api/v1/keys/{key_id}", { params: { path: { key_id: id } } }), {
    touches: [PATH],
  });
  const writes = may("keys:write");
  return (
    <Page title={t("nav.keys")} description={t("keys.description")} actions={writes && <MakeKey />}>
      <PagedTable
        label={t("nav.keys")}
        pages={keys}
        id={(key) => key.key_id}
        columns={[
          { head: t("common.name"), cell: (key) => key.name },
          { head: t("keys.begins"), cell: (key) => <code>{key.begins}…</code> },
          {
            head: t("keys.kind"),
            cell: (key) => (
              <span className="row">
                <Badge tone={key.sandbox ? "plain" : "info"}>{key.sandbox ? t("common.sandbox") : t("keys.live")}</Badge>
                {key.dialect !== null && <Badge>{DIALECTS.find(([name]) => name === key.dialect)?.[1] ?? key.dialect}</Badge>}
              </span>
            ),
          },
          { head: t("keys.last_used"), cell: (key) => <Time at={key.last_used_at} /> },
          {
            head: t("common.status"),
            cell: (key) =>
              key.revoked_at !== null ? (
                <Badge tone="bad">{t("keys.revoked")}</Badge>
              ) : key.expires_at !== null ? (
                <span>
                  {t("keys.until")} <Time at={key.expires_at} />
                </span>
              ) : (
                <Badge tone="good">{t("keys.works")}</Badge>
              ),
          },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (key) =>
              writes && key.revoked_at === null ? (
                <span className="row">
                  <Rotate id={key.key_id} />
                  <Confirm
                    title={t("keys.revoke_title", { name: key.name })}
                    action={t("keys.revoke")}
                    trigger={<Button small>{t("keys.revoke")}</Button>}
                    onConfirm={() => revoke.runAsync(key.key_id)}
                  >
                    <p>{t("keys.revoke_text")}</p>
                  </Confirm>
                </span>
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<KeyRound />} title={t("keys.empty")}>
            {t("keys.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function MakeKey() {
  const { t } = useWords();
  return (
    <AddDialog wide title={t("keys.add")}>
      {(close) => <KeyForm onDone={close} />}
    </AddDialog>
  );
}

function KeyForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const { may } = useSession();
  const [name, setName] = useState("");
  const [kind, setKind] = useState("sandbox");
  const [dialect, setDialect] = useState<Dialect | "">("");
  const [reads, setReads] = useState(false);
  const [organisation, setOrganisation] = useState(false);
  const make = useChange(
    () =>
      data(
        api.POST(PATH, {
          body: {
            name,
            sandbox: kind === "sandbox",
            ...(dialect === "" ? {} : { dialect }),
            ...(reads ? { permissions: ["*:read"] } : {}),
            ...(organisation ? { organisation } : {}),
          },
        }),
      ),
    { touches: [PATH] },
  );
  if (make.result !== undefined) return <Shown made={make.result} onDone={props.onDone} />;
  return (
    <ChangeForm change={make} submit={t("keys.add")}>
      <TextField label={t("common.name")} hint={t("keys.name_hint")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <SelectField
        label={t("keys.kind")}
        name="sandbox"
        value={kind}
        onChange={(e) => setKind(e.target.value)}
        options={[
          ["sandbox", t("keys.kind_sandbox")],
          ["live", t("keys.kind_live")],
        ]}
      />
      <SelectField
        label={t("keys.dialect")}
        hint={t("keys.dialect_hint")}
        name="dialect"
        value={dialect}
        onChange={(e) => setDialect(e.target.value as Dialect | "")}
        options={[["", t("keys.native")], ...DIALECTS]}
      />
      {dialect === "" && (
        <CheckField label={t("keys.reads")} name="permissions" checked={reads} onChange={(e) => setReads(e.target.checked)} />
      )}
      {may("users:write") && (
        <CheckField
          label={t("keys.organisation")}
          hint={t("keys.organisation_hint")}
          name="organisation"
          checked={organisation}
          onChange={(e) => setOrganisation(e.target.checked)}
        />
      )}
    </ChangeForm>
  );
}

/** The secret, this once, and how to use it. */
function Shown(props: { made: CreatedKey; onDone: () => void }) {
  const { t } = useWords();
  const { made } = props;
  return (
    <div className="stack">
      <Note tone="warn">{t("keys.once")}</Note>
      <Code text={made.secret} label={t("keys.secret")} />
      {made.dialect_settings && Object.keys(made.dialect_settings).length > 0 && (
        <>
          <h3>{t("keys.settings")}</h3>
          <Facts of={Object.entries(made.dialect_settings).map(([name, value]) => [name, <code key={name}>{value}</code>] as const)} />
        </>
      )}
      {samples(made, location.origin).map((sample) => (
        <div key={sample.title} className="stack-small">
          <h3>{sample.title}</h3>
          <Code text={sample.text} label={sample.title} />
        </div>
      ))}
      <div className="row row-end">
        <Button look="primary" onClick={props.onDone}>
          {t("keys.kept")}
        </Button>
      </div>
    </div>
  );
}

function Rotate({ id }: { id: string }) {
  const { t } = useWords();
  const rotate = useChange(
    () => data(api.POST("/api/v1/keys/{key_id}/rotate", { params: { path: { key_id: id } }, body: {} })),
    { touches: [PATH] },
  );
  return (
    <Dialog wide title={t("keys.rotate")} description={t("keys.rotate_text")} trigger={<Button small>{t("keys.rotate")}</Button>} onOpenChange={() => rotate.reset()}>
      {(close) =>
        rotate.result === undefined ? (
          <ChangeForm change={rotate} submit={t("keys.rotate")}>
            <span />
          </ChangeForm>
        ) : (
          <Shown made={rotate.result.key} onDone={close} />
        )
      }
    </Dialog>
  );
}
