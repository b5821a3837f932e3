// The place where a file is dropped or chosen.
import { useState } from "preact/hooks";
import { useWords } from "../text/text";

export function DropZone({ take }: { take: (file: File | undefined) => void }) {
  const words = useWords();
  const [over, setOver] = useState(false);
  return (
    <div
      class={over ? "drop over" : "drop"}
      data-testid="drop"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      <p>{words.text("dropFile")}</p>
      <input
        type="file"
        aria-label={words.text("chooseFile")}
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      <p class="muted">{words.text("dropHint")}</p>
    </div>
  );
}
