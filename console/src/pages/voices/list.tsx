import { Speech } from "lucide-react";
import { useState } from "react";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Badge, Card, Empty, Page, SelectField, Table, TextField, useFilters } from "../../ui";
import { languages as spokenLanguages } from "../../ui/places";
import { SampleButton } from "./sample";

export default function Voices() {
  const { t, maybe, language } = useWords();
  const { account } = useSession();
  const { asked, set } = useFilters(["language"]);
  const [text, setText] = useState(() => t("voices.sample_text"));
  const languages = useGet("/api/v1/languages", {}, { staleTime: 600_000 });
  const voices = useGet("/api/v1/voices", { query: asked }, { staleTime: 600_000 });
  return (
    <Page title={t("nav.voices")} description={t("voices.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("voices.language")}
          value={asked.language ?? ""}
          onChange={(event) => set("language", event.target.value)}
          options={[
            ["", t("common.all")],
            ...spokenLanguages(language, languages.data?.languages ?? []),
          ]}
        />
        <TextField label={t("voices.sample")} maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <Await query={voices}>
        {(found) =>
          found.voices.length === 0 ? (
            <Card bare>
              <Empty icon={<Speech />} title={t("voices.empty")}>
                {t("voices.empty_text")}
              </Empty>
            </Card>
          ) : (
            <Card bare>
              <Table
                label={t("nav.voices")}
                rows={found.voices}
                id={(voice) => voice.name}
                columns={[
                  {
                    head: t("common.name"),
                    cell: (voice) => (
                      <span className="row">
                        {voice.name}
                        {voice.name === account.organisation.voice && <Badge tone="good">{t("voices.account")}</Badge>}
                      </span>
                    ),
                  },
                  { head: t("voices.language"), cell: (voice) => voice.language },
                  { head: t("voices.gender"), cell: (voice) => maybe(`voices.${voice.gender}`, voice.gender) },
                  { head: t("voices.engine"), cell: (voice) => voice.engine },
                  {
                    head: t("common.actions"),
                    hideHead: true,
                    cell: (voice) => <SampleButton voice={voice.name} text={text} small />,
                  },
                ]}
              />
            </Card>
          )
        }
      </Await>
    </Page>
  );
}
