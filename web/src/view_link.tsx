// A link to another view: its address is the one that a click shows.
import type { ComponentChildren } from "preact";
import { type View, viewAfter, viewQuery } from "./view_state";

interface ViewLinkProps {
  view: View;
  change: (part: Partial<View>) => void;
  to: Partial<View>;
  /** Whether the link leads to the page that is shown. */
  current?: boolean;
  children: ComponentChildren;
}

export function ViewLink({ view, change, to, current, children }: ViewLinkProps) {
  return (
    <a
      href={viewQuery(viewAfter(view, to))}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        // Another tab or window is the browser's.
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        change(to);
      }}
    >
      {children}
    </a>
  );
}
