/** What each role may do, side by side: so that nobody gets more than their work asks for. */

import { useGet } from "../../api/use";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";

export function Roles() {
  const { t, known } = useWords();
  const { value, problem, again } = useGet("/api/v1/roles");
  return (
    <Card title={t("roles.title")} flush>
      {value === null ? (
        problem === null ? (
          <Loading rows={5} />
        ) : (
          <Failure problem={problem} onAgain={again} />
        )
      ) : (
        <div className="table-frame" role="region" aria-label={t("roles.title")} tabIndex={0}>
          <table className="table roles">
            <caption className="unseen">{t("roles.title")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("roles.right")}</th>
                {value.roles.map(({ role }) => (
                  <th key={role} scope="col">
                    {known(`user.role.${role}`, role)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {value.rights.map((right) => (
                <tr key={right}>
                  <th scope="row">{known(`right.${right}`, right)}</th>
                  {value.roles.map(({ role, rights }) => (
                    <td key={role}>
                      {rights.includes(right) ? (
                        <>
                          <Icon name="check" size={18} />
                          <span className="unseen">{t("roles.yes")}</span>
                        </>
                      ) : (
                        <span className="unseen">{t("roles.no")}</span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
