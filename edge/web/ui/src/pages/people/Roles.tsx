/** What each role may do, side by side: so that nobody gets more than their work asks for. */

import { useGet } from "../../api/use";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Failure, Loading } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";

export function Roles() {
  const { t, known } = useWords();
  const { value, problem, again } = useGet("/api/v1/roles");
  const columns: readonly Column<string>[] = [
    { head: t("roles.right"), cell: (right) => known(`right.${right}`, right) },
    ...(value?.roles ?? []).map(({ role, rights }) => ({
      head: known(`user.role.${role}`, role),
      cell: (right: string) => <Has yes={rights.some((one) => one === right)} />,
    })),
  ];
  return (
    <Card title={t("roles.title")} flush>
      {value === null ? (
        problem === null ? (
          <Loading rows={5} />
        ) : (
          <Failure problem={problem} onAgain={again} />
        )
      ) : (
        <Table caption={t("roles.title")} columns={columns} rows={value.rights} rowKey={(right) => right} />
      )}
    </Card>
  );
}

function Has({ yes }: { yes: boolean }) {
  const { t } = useWords();
  return (
    <span className="role-has">
      {yes && <Icon name="check" size={18} />}
      <span className="unseen">{t(yes ? "roles.yes" : "roles.no")}</span>
    </span>
  );
}
