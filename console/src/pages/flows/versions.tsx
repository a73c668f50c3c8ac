import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { Button, Code, Empty, PagedTable, ProblemNote, Time } from "../../ui";

type Version = Answer<"/api/v1/flows/{flow_id}/versions/{version}">;

/** What was published; `onTake` puts a version into the draft. */
export function Versions(props: { flowId: string; onTake?: (version: Version) => void }) {
  const { t } = useWords();
  const versions = usePages("/api/v1/flows/{flow_id}/versions", "versions", { path: { flow_id: props.flowId } });
  const [shown, setShown] = useState<Version | null>(null);
  const load = useChange(async (version: number) =>
    data(
      api.GET("/api/v1/flows/{flow_id}/versions/{version}", { params: { path: { flow_id: props.flowId, version } } }),
    ),
  );
  const { onTake } = props;
  return (
    <div className="stack">
      <PagedTable
        label={t("flows.versions")}
        pages={versions}
        id={(version) => String(version.version)}
        columns={[
          { head: t("flows.version_head"), cell: (version) => String(version.version) },
          { head: t("flows.note"), cell: (version) => version.note },
          { head: t("flows.published_at"), cell: (version) => <Time at={version.published_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (version) => (
              <span className="row">
                <Button small onClick={() => void load.runAsync(version.version).then(setShown, () => undefined)}>
                  {t("flows.show")}
                </Button>
                {onTake !== undefined && (
                  <Button small onClick={() => void load.runAsync(version.version).then(onTake, () => undefined)}>
                    {t("flows.take")}
                  </Button>
                )}
              </span>
            ),
          },
        ]}
        empty={<Empty title={t("flows.never_published")}>{t("flows.never_published_text")}</Empty>}
      />
      {load.problem !== null && <ProblemNote problem={load.problem} />}
      {shown !== null && <Code text={JSON.stringify(shown.flow, null, 2)} label={t("flows.version", { version: String(shown.version) })} />}
    </div>
  );
}
