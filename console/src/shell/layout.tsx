// What surrounds every page of somebody who is signed in.
import { CircleUserRound, Menu as MenuIcon, X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { Suspense, useEffect, useRef, useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { LANGUAGES, chooseLanguage, useWords, type Language } from "../i18n";
import { Button, Loading, Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../ui";
import { SECTIONS } from "./navigation";
import { useSession } from "./session";
import { chooseTheme, chosenTheme, type Theme } from "./theme";

export function Layout() {
  const { t } = useWords();
  const location = useLocation();
  const [open, setOpen] = useState(false);
  const content = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    // a new page is announced from its beginning
    if (!first.current) content.current?.focus({ preventScroll: true });
    first.current = false;
    window.scrollTo(0, 0);
  }, [location.pathname]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("common.skip")}
      </a>
      <aside className="side" aria-label={t("app.name")}>
        <Brand />
        <Navigation />
      </aside>
      <div className="main-column">
        <header className="top">
          <Radix.Root open={open} onOpenChange={setOpen}>
            <Radix.Trigger asChild>
              <button type="button" className="button button-quiet button-icon menu-button" aria-label={t("shell.open_menu")}>
                <MenuIcon size={20} aria-hidden="true" />
              </button>
            </Radix.Trigger>
            <Radix.Portal>
              <Radix.Overlay className="overlay" />
              <Radix.Content className="drawer" aria-describedby={undefined}>
                <Radix.Title className="visually-hidden">{t("common.menu")}</Radix.Title>
                <Brand />
                <Radix.Close asChild>
                  <button type="button" className="button button-quiet button-icon close" aria-label={t("common.close")}>
                    <X size={18} aria-hidden="true" />
                  </button>
                </Radix.Close>
                <Navigation />
              </Radix.Content>
            </Radix.Portal>
          </Radix.Root>
          <Brand short />
          <You />
        </header>
        <main className="content" id="content" tabIndex={-1} ref={content}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

function Brand(props: { short?: boolean }) {
  const { t } = useWords();
  const { account } = useSession();
  return (
    <Link to="/" className="brand">
      <img src="/app/icon.svg" alt="" />
      <span>
        {t("app.name")}
        {!props.short && <span className="brand-org">{account.organisation.name}</span>}
      </span>
    </Link>
  );
}

function Navigation() {
  const { t } = useWords();
  const { may } = useSession();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // the menu is longer than most screens
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <nav className="nav" ref={nav} aria-label={t("shell.main_navigation")}>
      {SECTIONS.map((section) => {
        const items = section.items.filter((item) => item.needs === undefined || may(item.needs));
        if (items.length === 0) return null;
        return (
          <div key={section.label ?? ""}>
            {section.label !== null && <h2>{t(section.label)}</h2>}
            <ul>
              {items.map(({ to, label, icon: Icon }) => (
                <li key={to}>
                  <NavLink to={to} end={to === "/"}>
                    <Icon size={18} aria-hidden="true" />
                    {t(label)}
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function You() {
  const { t, language } = useWords();
  const { user, signOut } = useSession();
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const name = user.name || user.email;
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={t("shell.your_account", { name })}>
          <CircleUserRound size={20} aria-hidden="true" />
          <span className="you-name">{name.length > 24 ? `${name.slice(0, 23)}…` : name}</span>
        </Button>
      }
    >
      <MenuLabel>
        {user.email}
        <br />
        {t(`role.${user.role}`)}
      </MenuLabel>
      <MenuItem asChild>
        <Link to="/you">{t("nav.profile")}</Link>
      </MenuItem>
      <MenuItem asChild>
        <a href="/api/docs" target="_blank" rel="noreferrer">
          {t("shell.api_docs")}
        </a>
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t("shell.theme")}</MenuLabel>
      <MenuChoice
        value={theme}
        onChange={(value) => {
          setTheme(value as Theme);
          chooseTheme(value as Theme);
        }}
        options={[
          ["system", t("shell.theme_system")],
          ["light", t("shell.theme_light")],
          ["dark", t("shell.theme_dark")],
        ]}
      />
      <MenuLine />
      <MenuLabel>{t("shell.language")}</MenuLabel>
      <MenuChoice
        value={language}
        onChange={(value) => chooseLanguage(value as Language)}
        options={Object.entries(LANGUAGES)}
      />
      <MenuLine />
      <MenuItem onSelect={() => void signOut()}>{t("shell.sign_out")}</MenuItem>
    </Menu>
  );
}
