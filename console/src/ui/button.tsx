import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";

export type Look = "primary" | "plain" | "danger" | "quiet";
interface Style {
  look?: Look;
  small?: boolean;
  /** Only an icon: give `aria-label`. */
  icon?: boolean;
}

function classOf({ look = "plain", small, icon }: Style): string {
  return ["button", look !== "plain" && `button-${look}`, small && "button-small", icon && "button-icon"]
    .filter(Boolean)
    .join(" ");
}

/** A button; while `busy` it cannot be pressed again and says so. */
export function Button({
  look,
  small,
  icon,
  busy,
  children,
  ...rest
}: Style & { busy?: boolean; children: ReactNode } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      className={classOf({ look, small, icon })}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <span className="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, a button does something. */
export function ButtonLink({ look, small, icon, children, ...rest }: Style & { children: ReactNode } & LinkProps) {
  return (
    <Link {...rest} className={classOf({ look, small, icon })}>
      {children}
    </Link>
  );
}
