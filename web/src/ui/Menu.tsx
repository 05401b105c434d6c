import { clsx } from "clsx";
import { Check } from "lucide-react";
import { type ButtonHTMLAttributes, createContext, type ReactElement, type ReactNode, useCallback, useContext, useId, useRef, useState } from "react";
import { moveFocus, placeBeside } from "./menu-behaviour";

type TriggerProps = Pick<ButtonHTMLAttributes<HTMLButtonElement>, "id" | "popoverTarget"> & {
  "aria-haspopup": "menu";
  "aria-expanded": boolean;
};

interface MenuProps {
  trigger(props: TriggerProps): ReactElement;
  children: ReactNode;
}

const CloseContext = createContext<() => void>(() => {});
const item =
  "flex min-h-10 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-sm outline-none hover:bg-hover focus:bg-hover md:min-h-9";

/** A menu on the browser's own popover: it closes by Escape or a click elsewhere, and gives the focus back. */
export function Menu({ trigger, children }: MenuProps) {
  const id = useId();
  const triggerId = `${id}-trigger`;
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const close = useCallback(() => list.current?.hidePopover(), []);

  return (
    <>
      {trigger({ id: triggerId, popoverTarget: id, "aria-haspopup": "menu", "aria-expanded": open })}
      <div
        ref={list}
        id={id}
        role="menu"
        tabIndex={-1}
        popover="auto"
        aria-labelledby={triggerId}
        onBeforeToggle={(event) => event.newState === "open" && setOpen(true)}
        onToggle={(event) => {
          // Not before: the browser gives the focus back only while what had it is still there.
          if (event.newState === "closed") setOpen(false);
          const button = document.getElementById(triggerId);
          if (event.newState !== "open" || list.current === null || button === null) return;
          placeBeside(list.current, button);
          moveFocus(list.current, "first");
        }}
        onKeyDown={(event) => {
          if (event.key === "Tab") close();
          const moves = { ArrowDown: "next", ArrowUp: "previous", Home: "first", End: "last" } as const;
          const move = moves[event.key as keyof typeof moves];
          if (move === undefined) return;
          event.preventDefault();
          moveFocus(event.currentTarget, move);
        }}
        className="fixed m-0 min-w-48 rounded-xl border border-line bg-surface p-1.5 text-ink shadow-float"
      >
        {open && <CloseContext value={close}>{children}</CloseContext>}
      </div>
    </>
  );
}

interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect(): void;
  children: ReactNode;
}

/** Acts after the menu has closed and given the focus back, so that a dialog knows where to return it. */
export function MenuItem({ icon, danger = false, disabled = false, onSelect, children }: ItemProps) {
  const close = useContext(CloseContext);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      // Reachable all the same, so that a screen reader hears that it is there and not now.
      aria-disabled={disabled}
      className={clsx(item, danger && "text-danger", disabled && "cursor-default! opacity-50")}
      onClick={() => {
        if (disabled) return;
        close();
        setTimeout(onSelect);
      }}
    >
      {icon}
      {children}
    </button>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange(value: T): void;
}

export function MenuChoice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const close = useContext(CloseContext);
  const labelId = useId();
  return (
    <div role="group" aria-labelledby={labelId}>
      <p id={labelId} className="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">
        {label}
      </p>
      {options.map(([option, name]) => (
        <button
          key={option}
          type="button"
          role="menuitemradio"
          aria-checked={value === option}
          tabIndex={-1}
          className={item}
          onClick={() => {
            close();
            onChange(option);
          }}
        >
          <span className="flex w-4 justify-center text-accent">
            {value === option && <Check size={16} aria-hidden />}
          </span>
          {name}
        </button>
      ))}
    </div>
  );
}

export function MenuLine() {
  return <hr className="mx-2 my-1.5 border-line" />;
}
