/** Every page of the dashboard: its address, its name, its drawing, and its code, which is fetched when it is opened. */

import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import type { Snapshot } from "../api/store";
import type { IconName } from "../parts/Icon";
import { pressing } from "../pages/alarms/groups";
import type { Key } from "../words/language";
import type { Group } from "./groups";
import type { Right } from "./may";

export interface Route {
  /** As wouter reads it; `:name?` may be left out. */
  readonly path: string;
  /** The address that leads to it. */
  readonly home: string;
  readonly page: LazyExoticComponent<ComponentType>;
  /** What somebody must be allowed to open it; without it, everybody who is signed in may. */
  readonly needs?: Right;
  /** Its place in the navigation; pages without one are reached from others. The first four of the first group stand on a phone's bar. */
  readonly entry?: { readonly group: Group; readonly name: Key; readonly icon: IconName; readonly count?: (snapshot: Snapshot) => number };
}

export const ROUTES: readonly Route[] = [
  {
    path: "/",
    home: "/",
    page: lazy(() => import("../pages/today/TodayPage")),
    entry: { group: "shop", name: "today.title", icon: "today" },
  },
  {
    path: "/shelf",
    home: "/shelf",
    page: lazy(() => import("../pages/shelf/ShelfPage")),
    entry: { group: "shop", name: "shelf.title", icon: "shelf" },
  },
  {
    path: "/visits/:visit?",
    home: "/visits",
    page: lazy(() => import("../pages/visits/VisitsPage")),
    entry: { group: "shop", name: "visits.title", icon: "receipt" },
  },
  {
    path: "/review/:visit?",
    home: "/review",
    page: lazy(() => import("../pages/review/ReviewPage")),
    needs: "review",
    entry: { group: "shop", name: "reviews.title", icon: "review", count: (snapshot) => snapshot.reviews_open },
  },
  {
    path: "/alarms",
    home: "/alarms",
    page: lazy(() => import("../pages/alarms/AlarmsPage")),
    entry: { group: "shop", name: "alarms.title", icon: "alarm", count: (snapshot) => pressing(snapshot.alarms) },
  },
  {
    path: "/stock",
    home: "/stock",
    page: lazy(() => import("../pages/stock/StockPage")),
    entry: { group: "goods", name: "stock.title", icon: "stock" },
  },
  {
    path: "/restock",
    home: "/restock",
    page: lazy(() => import("../pages/restock/RestockPage")),
    needs: "stock",
    entry: { group: "goods", name: "restock.title", icon: "add" },
  },
  { path: "/products/new/:step?", home: "/products", page: lazy(() => import("../pages/enrol/NewProductPage")), needs: "goods" },
  { path: "/products/:gtin/photographs", home: "/products", page: lazy(() => import("../pages/enrol/PhotographsPage")), needs: "goods" },
  {
    path: "/products/:gtin?",
    home: "/products",
    page: lazy(() => import("../pages/products/ProductsPage")),
    needs: "see",
    entry: { group: "goods", name: "products.title", icon: "product" },
  },
  {
    path: "/planogram",
    home: "/planogram",
    page: lazy(() => import("../pages/planogram/PlanogramPage")),
    needs: "goods",
    entry: { group: "goods", name: "planogram.title", icon: "grid" },
  },
  { path: "/cameras/:camera/zones", home: "/cameras", page: lazy(() => import("../pages/zones/ZonesPage")), needs: "settings" },
  {
    path: "/cameras",
    home: "/cameras",
    page: lazy(() => import("../pages/cameras/CamerasPage")),
    needs: "pictures",
    entry: { group: "care", name: "cameras.title", icon: "camera" },
  },
  {
    path: "/devices",
    home: "/devices",
    page: lazy(() => import("../pages/devices/DevicesPage")),
    entry: { group: "care", name: "devices.title", icon: "device" },
  },
  { path: "/devices/lines/:bus", home: "/devices", page: lazy(() => import("../pages/devices/LinePage")), needs: "devices" },
  { path: "/devices/:device", home: "/devices", page: lazy(() => import("../pages/devices/DevicePage")), needs: "devices" },
  {
    path: "/doctor",
    home: "/doctor",
    page: lazy(() => import("../pages/doctor/DoctorPage")),
    needs: "devices",
    entry: { group: "care", name: "doctor.title", icon: "doctor" },
  },
  {
    path: "/recordings",
    home: "/recordings",
    page: lazy(() => import("../pages/recordings/RecordingsPage")),
    needs: "devices",
    entry: { group: "care", name: "recordings.title", icon: "record" },
  },
  {
    path: "/logs",
    home: "/logs",
    page: lazy(() => import("../pages/logs/LogsPage")),
    needs: "devices",
    entry: { group: "care", name: "logs.title", icon: "rows" },
  },
  {
    path: "/versions",
    home: "/versions",
    page: lazy(() => import("../pages/versions/VersionsPage")),
    needs: "devices",
    entry: { group: "care", name: "versions.title", icon: "layers" },
  },
  {
    path: "/commissioning/:step?",
    home: "/commissioning",
    page: lazy(() => import("../pages/commissioning/CommissioningPage")),
    needs: "devices",
    entry: { group: "care", name: "bench.title", icon: "weight" },
  },
  {
    path: "/settings/history",
    home: "/settings",
    page: lazy(() => import("../pages/settings/HistoryPage")),
    needs: "audit",
  },
  {
    path: "/settings/:section?",
    home: "/settings",
    page: lazy(() => import("../pages/settings/SettingsPage")),
    needs: "settings",
    entry: { group: "care", name: "settings.title", icon: "settings" },
  },
  {
    path: "/people",
    home: "/people",
    page: lazy(() => import("../pages/people/PeoplePage")),
    needs: "users",
    entry: { group: "people", name: "people.title", icon: "people" },
  },
  { path: "/people/tokens", home: "/people", page: lazy(() => import("../pages/people/TokensPage")), needs: "users" },
  {
    path: "/audit",
    home: "/audit",
    page: lazy(() => import("../pages/audit/AuditPage")),
    needs: "audit",
    entry: { group: "people", name: "audit.title", icon: "audit" },
  },
  { path: "/account", home: "/account", page: lazy(() => import("../pages/people/AccountPage")) },
  { path: "/alarms/faults", home: "/alarms", page: lazy(() => import("../pages/alarms/FaultsPage")) },
];
