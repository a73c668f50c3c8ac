import { useEffect, useRef, type ReactNode } from "react";
import { Link, NavLink, useLocation } from "react-router";
import { useWords } from "../i18n";

/** A page: its title (also of the window), what it is for, what can be done, and its content. */
export function Page(props: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Where one comes from: `["Calls", "/calls"]`. */
  from?: readonly [string, string];
  children: ReactNode;
}) {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${props.title} · ${t("app.name")}`;
  }, [props.title, t]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {props.from !== undefined && (
            <div className="crumbs">
              <Link to={props.from[1]}>← {props.from[0]}</Link>
            </div>
          )}
          <h1>{props.title}</h1>
          {props.description !== undefined && <p>{props.description}</p>}
        </div>
        {props.actions !== undefined && <div className="row">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

export function Card(props: { title?: ReactNode; actions?: ReactNode; bare?: boolean; children: ReactNode; label?: string }) {
  return (
    <section className="card" aria-label={props.label}>
      {(props.title !== undefined || props.actions !== undefined) && (
        <div className="card-head">
          <h2>{props.title}</h2>
          {props.actions !== undefined && <div className="row">{props.actions}</div>}
        </div>
      )}
      {props.bare ? props.children : <div className="card-body">{props.children}</div>}
    </section>
  );
}

/** Pages side by side, each with an address. */
export function TabLinks(props: { label: string; tabs: readonly (readonly [to: string, label: ReactNode])[] }) {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // on a telephone not all of them have room
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <nav className="tabs" aria-label={props.label} ref={nav}>
      {props.tabs.map(([to, label]) => (
        <NavLink key={to} to={to} end className="tab">
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
