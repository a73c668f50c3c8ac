import { useEffect, type ReactNode } from "react";
import { useWords } from "../i18n";

/** A page of somebody who is not signed in: one card in the middle. */
export function Alone(props: { title: string; text?: ReactNode; children: ReactNode }) {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${props.title} · ${t("app.name")}`;
  }, [props.title, t]);
  return (
    <main className="alone">
      <div className="brand">
        <img src="/app/icon.svg" alt="" />
        <span>{t("app.name")}</span>
      </div>
      <section className="card">
        <div className="card-body">
          <div className="stack-small">
            <h1>{props.title}</h1>
            {props.text !== undefined && <p className="soft">{props.text}</p>}
          </div>
          {props.children}
        </div>
      </section>
    </main>
  );
}
