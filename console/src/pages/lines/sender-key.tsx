// The key that signs (DKIM) what comes from an address's domain, and the record that its owner publishes.
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, ChangeForm, Code, Confirm, Dialog, Facts, Note, TextField } from "../../ui";
import type { Sender } from "./senders";

const LIST = "/api/v1/senders";
const KEY = "/api/v1/senders/{sender_id}/dkim";

export function KeyDialog(props: { sender: Sender; onClose: () => void }) {
  const { t } = useWords();
  // what the list said when the dialog was opened does not change with the key
  const [has, setHas] = useState(props.sender.dkim_domain !== null);
  return (
    <Dialog
      wide
      open
      onOpenChange={(stays) => !stays && props.onClose()}
      title={t("senders.key_title", { address: props.sender.address })}
      description={t("senders.key_text")}
    >
      {has ? (
        <Published sender={props.sender} onRemoved={props.onClose} />
      ) : (
        <MakeKey sender={props.sender} onMade={() => setHas(true)} />
      )}
    </Dialog>
  );
}

function MakeKey(props: { sender: Sender; onMade: () => void }) {
  const { t } = useWords();
  const { may } = useSession();
  const [selector, setSelector] = useState("");
  const make = useChange(
    () =>
      data(
        api.PUT(KEY, {
          params: { path: { sender_id: props.sender.sender_id } },
          body: selector === "" ? {} : { selector },
        }),
      ),
    { touches: [LIST, KEY], onDone: props.onMade },
  );
  if (!may("senders:write")) return <Note>{t("senders.no_key")}</Note>;
  return (
    <ChangeForm change={make} submit={t("senders.make_key")}>
      <TextField
        label={t("senders.selector")}
        hint={t("senders.selector_hint")}
        optional
        name="selector"
        placeholder="callwright"
        value={selector}
        onChange={(event) => setSelector(event.target.value)}
      />
    </ChangeForm>
  );
}

/** The record to be copied to whoever keeps the domain's names. */
function Published(props: { sender: Sender; onRemoved: () => void }) {
  const { t } = useWords();
  const { may } = useSession();
  const path = { sender_id: props.sender.sender_id };
  const key = useGet(KEY, { path });
  const remove = useChange(() => api.DELETE(KEY, { params: { path } }), { touches: [LIST], onDone: props.onRemoved });
  return (
    <Await query={key}>
      {(found) => (
        <div className="stack">
          <Note tone="info">{t("senders.publish", { domain: found.domain })}</Note>
          <Facts of={[[t("senders.record_type"), <code key="type">{found.type}</code>]]} />
          <div className="stack-small">
            <h3>{t("senders.record_name")}</h3>
            <Code text={found.name} label={t("senders.record_name")} />
          </div>
          <div className="stack-small">
            <h3>{t("senders.record_value")}</h3>
            <Code text={found.value} label={t("senders.record_value")} />
          </div>
          {may("senders:write") && (
            <div className="row row-end">
              <Confirm
                title={t("senders.remove_key_title")}
                action={t("senders.remove_key")}
                trigger={<Button>{t("senders.remove_key")}</Button>}
                onConfirm={() => remove.runAsync()}
              >
                <p>{t("senders.remove_key_text")}</p>
              </Confirm>
            </div>
          )}
        </div>
      )}
    </Await>
  );
}
