import { UsersRound } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, ButtonLink, Card, Confirm, Empty, FilterText, Page, PagedTable, Table } from "../../ui";
import { nameOf } from "./names";

const PATH = "/api/v1/groups/{group_id}";
const MEMBERS = "/api/v1/groups/{group_id}/contacts";

export default function Group() {
  const { t } = useWords();
  const navigate = useNavigate();
  const { may } = useSession();
  const { groupId = "" } = useParams();
  const path = { group_id: groupId };
  const group = useGet(PATH, { path });
  const members = usePages(MEMBERS, "contacts", { path });
  const takeOut = useChange(
    (id: string) =>
      api.POST("/api/v1/groups/{group_id}/contacts/remove", { params: { path }, body: { contact_ids: [id] } }),
    { touches: [PATH, MEMBERS, "/api/v1/groups"] },
  );
  const writes = may("groups:write");
  return (
    <Await query={group}>
      {(found) => (
        <Page
          title={found.name}
          description={found.description || undefined}
          from={[t("nav.groups"), "/groups"]}
          actions={
            writes && (
              <Confirm
                title={t("groups.delete")}
                action={t("common.delete")}
                trigger={<Button look="danger">{t("groups.delete")}</Button>}
                onConfirm={async () => {
                  await api.DELETE(PATH, { params: { path } });
                  void navigate("/groups");
                }}
              >
                <p>{t("groups.delete_text")}</p>
              </Confirm>
            )
          }
        >
          <PagedTable
            label={t("groups.members")}
            pages={members}
            id={(contact) => contact.contact_id}
            columns={[
              {
                head: t("common.name"),
                cell: (contact) => (
                  <Link to={`/contacts/${contact.contact_id}`}>{nameOf(contact, t("contacts.nameless"))}</Link>
                ),
              },
              { head: t("common.number"), cell: (contact) => contact.to ?? "" },
              {
                head: t("common.actions"),
                hideHead: true,
                cell: (contact) =>
                  writes ? (
                    <Button small onClick={() => takeOut.run(contact.contact_id)}>
                      {t("groups.remove")}
                    </Button>
                  ) : (
                    ""
                  ),
              },
            ]}
            empty={
              <Empty
                icon={<UsersRound />}
                title={t("groups.members_empty")}
                action={<ButtonLink to={`/imports?group_id=${groupId}`}>{t("contacts.import")}</ButtonLink>}
              >
                {t("groups.members_empty_text")}
              </Empty>
            }
          />
          {writes && <AddMembers groupId={groupId} />}
        </Page>
      )}
    </Await>
  );
}

function AddMembers({ groupId }: { groupId: string }) {
  const { t } = useWords();
  const [q, setQ] = useState("");
  const found = useGet("/api/v1/contacts", { query: { q, limit: 10 } }, { enabled: q !== "" });
  const add = useChange(
    (id: string) =>
      api.POST(MEMBERS, { params: { path: { group_id: groupId } }, body: { contact_ids: [id] } }),
    { touches: [PATH, MEMBERS, "/api/v1/groups"] },
  );
  return (
    <Card title={t("groups.find")}>
      <FilterText label={t("common.search")} value={q} onChange={setQ} />
      {found.data !== undefined && found.data.contacts.length === 0 && <p className="soft">{t("contacts.none")}</p>}
      {found.data !== undefined && found.data.contacts.length > 0 && (
        <Table
          label={t("groups.find")}
          rows={found.data.contacts}
          id={(contact) => contact.contact_id}
          columns={[
            { head: t("common.name"), cell: (contact) => nameOf(contact, t("contacts.nameless")) },
            { head: t("common.number"), cell: (contact) => contact.to ?? "" },
            {
              head: t("common.actions"),
              hideHead: true,
              cell: (contact) => (
                <Button small busy={add.busy} onClick={() => add.run(contact.contact_id)}>
                  {t("common.add")}
                </Button>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
