import { useState } from "react";
import { Link } from "react-router";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import { useWords } from "../../i18n";
import { Alone } from "../../shell/alone";
import { ChangeForm, Note, TextField } from "../../ui";
import { Choose } from "./choose";

/** Without a token: asking for a link. With one (`/app/reset#lnk_…`): choosing the password. */
export default function Reset() {
  if (location.hash.length > 1) {
    return <Choose title="entry.reset" text="entry.reset_choose" path="/api/v1/password-resets/accept" />;
  }
  return <Ask />;
}

function Ask() {
  const { t } = useWords();
  const [email, setEmail] = useState("");
  const ask = useChange(() => api.POST("/api/v1/password-resets", { body: { email } }));
  return (
    <Alone title={t("entry.reset")} text={t("entry.reset_text")}>
      {ask.done ? (
        <Note tone="good" role="status">
          {t("entry.reset_sent")}
        </Note>
      ) : (
        <ChangeForm change={ask} submit={t("entry.reset_ask")}>
          <TextField
            label={t("entry.email")}
            name="email"
            type="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </ChangeForm>
      )}
      <Link to="/sign-in">{t("entry.sign_in")}</Link>
    </Alone>
  );
}
