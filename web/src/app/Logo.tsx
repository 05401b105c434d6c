/** A gate over a stream, with those who wait before it. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" className="stroke-on-accent">
        <path d="M16 6v9" />
        <path d="M6 20c2.5-2 4.2-2 6.7 0s4.1 2 6.6 0 4.2-2 6.7 0" />
        <path d="M6 25.5c2.5-2 4.2-2 6.7 0s4.1 2 6.6 0 4.2-2 6.7 0" opacity=".55" />
      </g>
      <g className="fill-on-accent">
        <circle cx="7.5" cy="13" r="1.7" />
        <circle cx="11.2" cy="9.5" r="1.7" opacity=".7" />
      </g>
    </svg>
  );
}
