import { describe, expect, it } from "vitest";
import { behind, grouped, opens } from "../src/shell/groups";
import type { Right } from "../src/shell/may";

type Entry = NonNullable<Parameters<typeof grouped>[0][number]["entry"]>;

const route = (home: string, group: Entry["group"] | null, needs?: Right) => ({
  home,
  ...(needs === undefined ? {} : { needs }),
  ...(group === null ? {} : { entry: { group } }),
});
const ROUTES = [
  route("/", "shop"),
  route("/shelf", "shop"),
  route("/visits", "shop"),
  route("/review", "shop", "review"),
  route("/alarms", "shop"),
  route("/prices", "goods", "goods"),
  route("/alarms/faults", null),
  route("/users", "people", "users"),
];
const homes = (groups: ReturnType<typeof grouped<(typeof ROUTES)[number]>>): [string, string[]][] => groups.map(([group, routes]) => [group, routes.map(({ home }) => home)]);

describe("the navigation", () => {
  it("stands in groups, without those that hold nothing", () =>
    expect(homes(grouped(ROUTES, () => true))).toEqual([
      ["shop", ["/", "/shelf", "/visits", "/review", "/alarms"]],
      ["goods", ["/prices"]],
      ["people", ["/users"]],
    ]));

  it("leaves out what somebody may not open", () => {
    const may = (right: Right): boolean => right === "review";
    expect(homes(grouped(ROUTES, may))).toEqual([["shop", ["/", "/shelf", "/visits", "/review", "/alarms"]]]);
    expect(opens({ needs: "goods" }, may)).toBe(false);
    expect(opens({}, () => false)).toBe(true);
  });

  it("keeps the first four on a phone's bar, of those that may be opened", () => {
    expect(homes(behind(grouped(ROUTES, () => true)))).toEqual([
      ["shop", ["/alarms"]],
      ["goods", ["/prices"]],
      ["people", ["/users"]],
    ]);
    expect(behind(grouped(ROUTES, () => false))).toEqual([]);
  });
});
