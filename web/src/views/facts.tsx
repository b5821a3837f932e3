// The few numbers that a reader looks for first.
export interface Fact {
  name: string;
  value: string;
  detail?: string;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div key={fact.name}>
          <dt>{fact.name}</dt>
          <dd>
            <strong>{fact.value}</strong>
            {fact.detail && <span class="muted">{fact.detail}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
