import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { itemChosen } from "./opener";

export function Menu(props: { trigger: ReactNode; children: ReactNode; align?: "start" | "end" }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{props.trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align={props.align ?? "end"} sideOffset={4} collisionPadding={8}>
          {props.children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem(props: {
  onSelect?: () => void;
  danger?: boolean;
  disabled?: boolean;
  /** The child is a link that becomes the item. */
  asChild?: boolean;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item
      className={props.danger ? "menu-item menu-item-danger" : "menu-item"}
      disabled={props.disabled ?? false}
      asChild={props.asChild ?? false}
      onSelect={(event) => {
        itemChosen(event.currentTarget);
        props.onSelect?.();
      }}
    >
      {props.children}
    </DropdownMenu.Item>
  );
}

export function MenuLabel(props: { children: ReactNode }) {
  return <DropdownMenu.Label className="menu-label">{props.children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="menu-line" />;
}

/** One of several, of which one is chosen. */
export function MenuChoice(props: {
  value: string;
  onChange: (value: string) => void;
  options: readonly (readonly [string, string])[];
}) {
  return (
    <DropdownMenu.RadioGroup value={props.value} onValueChange={props.onChange}>
      {props.options.map(([value, label]) => (
        <DropdownMenu.RadioItem key={value} value={value} className="menu-item">
          <span aria-hidden="true" style={{ width: "1em" }}>
            {value === props.value ? "✓" : ""}
          </span>
          {label}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
