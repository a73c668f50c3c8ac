import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { api, data } from "../../../api/client";
import { useChange } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { Loading, ProblemNote } from "../../../ui";
import { FRESH } from "./form";

/** Makes a draft, so that nothing is lost, and goes there. */
export default function New() {
  const { t } = useWords();
  const navigate = useNavigate();
  const begun = useRef(false);
  const create = useChange(
    async () =>
      data(api.POST("/api/v1/campaign-drafts", { body: { name: t("campaigns.wizard_unnamed"), form: FRESH as never } })),
    {
      touches: ["/api/v1/campaign-drafts"],
      onDone: (draft) => void navigate(`/campaigns/new/${draft.draft_id}`, { replace: true }),
    },
  );
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    create.run();
  });
  return create.problem === null ? <Loading /> : <ProblemNote problem={create.problem} again={() => create.run()} />;
}
