import { useWords } from "../../i18n";
import { Badge } from "../../ui";
import type { Trunk } from "./trunks";

/** Whether a line can carry calls now, in badges. */
export function TrunkState({ trunk }: { trunk: Trunk }) {
  const { t } = useWords();
  const { registration } = trunk;
  return (
    <span className="row">
      {!trunk.enabled ? (
        <Badge>{t("trunks.off")}</Badge>
      ) : trunk.suspended !== null ? (
        <Badge tone="bad">{t("trunks.suspended")}</Badge>
      ) : (
        <Badge tone="good">{t("trunks.on")}</Badge>
      )}
      {registration !== null && <Badge tone={registration === "Registered" ? "good" : "bad"}>{registration}</Badge>}
      {trunk.kind === "lab" && <Badge>{t("common.sandbox")}</Badge>}
      {trunk.shared && <Badge>{t("trunks.shared")}</Badge>}
      {trunk.suspended !== null && <span className="small soft">{trunk.suspended}</span>}
    </span>
  );
}
