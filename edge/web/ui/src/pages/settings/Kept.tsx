/** What there is to know of what was changed here: that some of it waits for a restart, and that the store file was edited beside it. */

import { Link } from "wouter";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { placesOf } from "./places";
import "./kept.css";

export function Kept({ waiting, edited }: { waiting: readonly string[]; edited: readonly string[] }) {
  const words = useWords();
  const { t } = words;
  return (
    <div role="status" className="kept">
      {waiting.length > 0 && (
        <p className="kept-one" data-tone="note">
          <Icon name="clock" size={18} />
          <span>
            {t("kept.waiting", { places: placesOf(waiting, words) })} <Link href="/settings">{t("kept.restart")}</Link>
          </span>
        </p>
      )}
      {edited.length > 0 && (
        <p className="kept-one" data-tone="warn">
          <Icon name="warning" size={18} />
          <span>
            {t("kept.edited", { places: placesOf(edited, words) })} <Link href="/settings/history">{t("kept.history")}</Link>
          </span>
        </p>
      )}
    </div>
  );
}
