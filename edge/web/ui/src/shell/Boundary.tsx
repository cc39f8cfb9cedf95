/** Keeps a page that fails from taking the others with it. After an update the page's code may have another name: loading anew finds it. */

import { Component, type ReactNode } from "react";
import { Button } from "../parts/Button";
import { Empty } from "../parts/States";
import { useWords } from "../words/use";

export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render(): ReactNode {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const { t } = useWords();
  return (
    <div role="alert">
      <Empty icon="critical" title={t("broken.title")}>
        {t("broken.words")}
      </Empty>
      <p className="row broken-act">
        <Button icon="again" onClick={() => location.reload()}>
          {t("broken.act")}
        </Button>
      </p>
    </div>
  );
}
