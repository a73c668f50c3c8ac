import { PhoneForwarded } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Await, Button, ChangeForm, Code, Confirm, Empty, Facts, Note, Page, Table, TextField, Time,
} from "../../ui";

const PATH = "/api/v1/extensions";
type Made = components["schemas"]["NewExtensionView"];

/** Softphones that register with the appliance. */
export default function Extensions() {
  const { t } = useWords();
  const { may } = useSession();
  const list = useGet(PATH);
  const remove = useChange(
    (id: string) => api.DELETE("/api/v1/extensions/{extension_id}", { params: { path: { extension_id: id } } }),
    { touches: [PATH] },
  );
  const writes = may("extensions:write");
  return (
    <Page title={t("nav.extensions")} description={t("extensions.description")} actions={writes && <AddExtension />}>
      <Await query={list}>
        {({ extensions }) => (
          <section className="card">
            {extensions.length === 0 ? (
              <Empty icon={<PhoneForwarded />} title={t("extensions.empty")}>
                {t("extensions.empty_text")}
              </Empty>
            ) : (
              <Table
                label={t("nav.extensions")}
                rows={extensions}
                id={(each) => each.extension_id}
                columns={[
                  { head: t("extensions.digits"), cell: (each) => <span className="tabular">{each.extension}</span> },
                  { head: t("common.name"), cell: (each) => each.name },
                  { head: t("extensions.called_as"), cell: (each) => <code>{each.to}</code> },
                  { head: t("extensions.username"), cell: (each) => <code>{each.username}</code> },
                  { head: t("common.created"), cell: (each) => <Time at={each.created_at} /> },
                  {
                    head: t("common.actions"),
                    hideHead: true,
                    cell: (each) =>
                      writes ? (
                        <Confirm
                          title={t("extensions.remove_title", { extension: each.extension })}
                          action={t("common.remove")}
                          trigger={<Button small>{t("common.remove")}</Button>}
                          onConfirm={() => remove.runAsync(each.extension_id)}
                        >
                          <p>{t("extensions.remove_text")}</p>
                        </Confirm>
                      ) : (
                        ""
                      ),
                  },
                ]}
              />
            )}
          </section>
        )}
      </Await>
    </Page>
  );
}

function AddExtension() {
  const { t } = useWords();
  return (
    <AddDialog title={t("extensions.add")}>
      {(close) => <AddForm onDone={close} />}
    </AddDialog>
  );
}

function AddForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [extension, setExtension] = useState("");
  const [name, setName] = useState("");
  const add = useChange(() => data(api.POST(PATH, { body: { extension, ...(name === "" ? {} : { name }) } })), {
    touches: [PATH],
  });
  if (add.result !== undefined) return <Shown made={add.result} onDone={props.onDone} />;
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <TextField
        label={t("extensions.digits")}
        hint={t("extensions.digits_hint")}
        name="extension"
        inputMode="numeric"
        placeholder="1000"
        value={extension}
        onChange={(event) => setExtension(event.target.value)}
      />
      <TextField
        label={t("common.name")}
        hint={t("extensions.name_hint")}
        optional
        name="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
    </ChangeForm>
  );
}

/** What the softphone must be told; the password this once. */
function Shown(props: { made: Made; onDone: () => void }) {
  const { t } = useWords();
  const { made } = props;
  return (
    <div className="stack">
      <Note tone="warn">{t("extensions.once")}</Note>
      <Facts
        of={[
          [t("extensions.server"), <code key="server">{`${made.server}:${made.port}`}</code>],
          [t("extensions.username"), <code key="username">{made.username}</code>],
          [t("extensions.called_as"), <code key="to">{made.to}</code>],
        ]}
      />
      <div className="stack-small">
        <h3>{t("extensions.password")}</h3>
        <Code text={made.password} label={t("extensions.password")} />
      </div>
      <div className="row row-end">
        <Button look="primary" onClick={props.onDone}>
          {t("extensions.kept")}
        </Button>
      </div>
    </div>
  );
}
