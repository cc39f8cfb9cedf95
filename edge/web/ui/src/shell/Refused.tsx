/** A page that somebody came to by its address, and may not open. */

import { Link } from "wouter";
import { Page } from "../parts/Page";
import { Empty } from "../parts/States";
import { useWords } from "../words/use";

export function Refused() {
  const { t } = useWords();
  return (
    <Page title={t("refused.page.title")}>
      <Empty icon="locked" title={t("refused.page.words")}>
        {t("refused.page.ask")} <Link href="/">{t("nowhere.home")}</Link>
      </Empty>
    </Page>
  );
}
