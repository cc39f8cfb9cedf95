/** What there is to know of what was changed here: that some of it waits for a restart, and that the store file was edited beside it. */

import { Link } from "wouter";
import { Button } from "../../parts/Button";
import { Icon, type IconName } from "../../parts/Icon";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { placesOf } from "./places";
import "./kept.css";

interface Props {
  waiting: readonly string[];
  edited: readonly string[];
  /** Why what was changed here could not be read at the start, "" where it could. */
  unreadable?: string;
  /** null: nobody here may restart. */
  onRestart?: (() => void) | null;
}

export function Kept({ waiting, edited, unreadable = "", onRestart }: Props) {
  const words = useWords();
  const { t } = words;
  const may = useMay();
  return (
    <div role="status" className="kept">
      {unreadable !== "" && (
        <One tone="bad" icon="critical">
          {t("kept.unreadable", { why: unreadable })} <Link href="/settings/history">{t("history.title")}</Link>
        </One>
      )}
      {waiting.length > 0 && (
        <One tone="note" icon="clock">
          {t("kept.waiting", { places: placesOf(waiting, words) })} {onRestart === undefined && may("settings") && <Link href="/settings">{t("settings.title")}</Link>}
          {typeof onRestart === "function" && (
            <Button icon="again" aria-haspopup="dialog" onClick={onRestart}>
              {t("restart.title")}
            </Button>
          )}
        </One>
      )}
      {edited.length > 0 && (
        <One tone="warn" icon="warning">
          {t("kept.edited", { places: placesOf(edited, words) })} <Link href="/settings/history">{t("history.title")}</Link>
        </One>
      )}
    </div>
  );
}

function One({ tone, icon, children }: { tone: string; icon: IconName; children: React.ReactNode }) {
  return (
    <div className="kept-one" data-tone={tone}>
      <Icon name={icon} size={18} />
      <p>{children}</p>
    </div>
  );
}
