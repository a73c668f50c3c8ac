import { Layers } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, Confirm, Dialog, Empty, Page, PagedTable, SelectField, TextArea, TextField,
  Time,
} from "../../ui";

const PATH = "/api/v1/number-pools";
const ONE = "/api/v1/number-pools/{pool_id}";
type Pool = Entry<typeof PATH, "number_pools">;
const CHOICES = ["rotate", "random", "local"] as const;

/** Numbers of which calls show one each. */
export default function Pools() {
  const { t } = useWords();
  const { may } = useSession();
  const pools = usePages(PATH, "number_pools");
  const remove = useChange((id: string) => api.DELETE(ONE, { params: { path: { pool_id: id } } }), { touches: [PATH] });
  const writes = may("number-pools:write");
  return (
    <Page title={t("nav.pools")} description={t("pools.description")} actions={writes && <AddPool />}>
      <PagedTable
        label={t("nav.pools")}
        pages={pools}
        id={(pool) => pool.pool_id}
        columns={[
          { head: t("common.name"), cell: (pool) => pool.name },
          { head: t("pools.choice"), cell: (pool) => t(`pools.choice_${pool.choice}`) },
          { head: t("nav.numbers"), cell: (pool) => <Members pool={pool} /> },
          { head: t("common.created"), cell: (pool) => <Time at={pool.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (pool) =>
              writes ? (
                <span className="row">
                  <EditPool pool={pool} />
                  <Confirm
                    title={t("pools.remove_title", { name: pool.name })}
                    action={t("common.delete")}
                    trigger={<Button small>{t("common.delete")}</Button>}
                    onConfirm={() => remove.runAsync(pool.pool_id)}
                  >
                    <p>{t("pools.remove_text")}</p>
                  </Confirm>
                </span>
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<Layers />} title={t("pools.empty")}>
            {t("pools.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

/** A pool's numbers; long lists are folded. */
function Members({ pool }: { pool: Pool }) {
  const { t } = useWords();
  const list = (
    <span className="row">
      {pool.numbers.map((each) => (
        <span key={each.number_id} className="row">
          <span className="tabular nowrap">{each.e164}</span>
          {!each.usable && <Badge tone="warn">{t("pools.unusable")}</Badge>}
        </span>
      ))}
    </span>
  );
  if (pool.numbers.length <= 4) return list;
  return (
    <details>
      <summary>{t("pools.members", { count: pool.numbers.length })}</summary>
      {list}
    </details>
  );
}

function AddPool() {
  const { t } = useWords();
  return (
    <AddDialog title={t("pools.add")}>
      {(close) => <PoolForm onDone={close} />}
    </AddDialog>
  );
}

function EditPool({ pool }: { pool: Pool }) {
  const { t } = useWords();
  return (
    <Dialog title={pool.name} trigger={<Button small>{t("common.edit")}</Button>}>
      {(close) => <PoolForm pool={pool} onDone={close} />}
    </Dialog>
  );
}

function PoolForm(props: { pool?: Pool; onDone: () => void }) {
  const { t } = useWords();
  const { pool } = props;
  const [name, setName] = useState(pool?.name ?? "");
  const [choice, setChoice] = useState<Pool["choice"]>(pool?.choice ?? "rotate");
  const [text, setText] = useState(pool?.numbers.map((each) => each.e164).join("\n") ?? "");
  const save = useChange(
    () => {
      const body = { name, choice, numbers: text.split(/[\n,;]+/).map((each) => each.trim()).filter((each) => each !== "") };
      return pool === undefined
        ? data(api.POST(PATH, { body }))
        : data(api.PATCH(ONE, { params: { path: { pool_id: pool.pool_id } }, body }));
    },
    { touches: [PATH], onDone: props.onDone },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <TextField label={t("common.name")} name="name" value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField
        label={t("pools.choice")}
        hint={t(`pools.hint_${choice}`)}
        name="choice"
        value={choice}
        onChange={(event) => setChoice(event.target.value as Pool["choice"])}
        options={CHOICES.map((each) => [each, t(`pools.choice_${each}`)] as const)}
      />
      <TextArea
        label={t("nav.numbers")}
        hint={t("pools.numbers_hint")}
        name="numbers"
        rows={5}
        placeholder={"+12125550142\n+18005550199"}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </ChangeForm>
  );
}
