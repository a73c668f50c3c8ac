// Files that go with the email: chosen, listed, taken out again.
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useWords } from "../../../i18n";
import { useFormat } from "../../../i18n/format";
import { Button, Note, TextField } from "../../../ui";
import { MOST_BYTES, MOST_FILES, bytesOf, drop, hold, isHeld, type HeldFile } from "./held";

export function Files(props: { files: readonly HeldFile[]; onChange: (change: (files: HeldFile[]) => HeldFile[]) => void }) {
  const { t } = useWords();
  const format = useFormat();
  const [unread, setUnread] = useState("");
  const most = { files: format.number(MOST_FILES), size: format.bytes(MOST_BYTES) };
  const tooMuch = props.files.length > MOST_FILES || bytesOf(props.files) > MOST_BYTES;
  const take = async (chosen: File[]) => {
    setUnread("");
    for (const file of chosen) {
      try {
        const held = await hold(file);
        // one that was chosen before is replaced: it may have been changed, or have gone with the page
        props.files.filter((each) => each.filename === held.filename).forEach(drop);
        props.onChange((files) => [...files.filter((each) => each.filename !== held.filename), held]);
      } catch {
        setUnread(file.name);
      }
    }
  };
  return (
    <div className="stack">
      <TextField
        label={t("campaigns.files")}
        hint={t("campaigns.files_hint", most)}
        error={tooMuch ? t("campaigns.files_too_much", most) : undefined}
        type="file"
        multiple
        optional
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])];
          // so that the same file can be chosen once more
          event.target.value = "";
          void take(chosen);
        }}
      />
      {props.files.length > 0 && (
        <ul className="held" aria-label={t("campaigns.files_chosen")}>
          {props.files.map((file) => (
            <li key={file.id}>
              <span>{file.filename}</span>
              <span className="soft small">{format.bytes(file.bytes)}</span>
              <Button
                look="quiet"
                aria-label={t("campaigns.remove_file", { name: file.filename })}
                onClick={() => {
                  drop(file);
                  props.onChange((files) => files.filter((each) => each.id !== file.id));
                }}
              >
                <Trash2 size={16} aria-hidden="true" />
              </Button>
              {!isHeld(file) && <Note tone="warn">{t("campaigns.file_gone", { name: file.filename })}</Note>}
            </li>
          ))}
        </ul>
      )}
      {unread !== "" && <Note tone="bad">{t("campaigns.file_unread", { name: unread })}</Note>}
    </div>
  );
}
