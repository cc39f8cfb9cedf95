/** A product as it stands in the form, and what the store is told of it. Pure. */

import type { Body } from "../../api/client";
import type { Product } from "../../api/goods";
import { shortest, type Typed, typed, written } from "../../words/typed";
import { type GtinWrong, gtinWrong, scanned } from "./gtin";

export interface Draft {
  readonly gtin: string;
  readonly name: string;
  readonly price: string;
  readonly tax: string;
  readonly weight: string;
  /** Empty: what is usual for that weight. */
  readonly spread: string;
}

export type DraftField = keyof Draft;
type Told = Body<"/api/v1/products">["product"];
/** Why a field cannot be taken: as it is typed, or outside what is possible. */
export type Wrong = GtinWrong | "empty" | "garbled" | "fine" | "range";
export type Read = { readonly product: Told } | { readonly wrong: Partial<Record<DraftField, Wrong>> };

export const TAX_DECIMALS = 2; // of a percent: the store counts in basis points
export const GRAM_DECIMALS = 2; // finer than any plate
const [MOST_MINOR, MOST_TAX_BP, LEAST_G, MOST_G, MOST_SPREAD_G] = [10_000_000, 5_000, 1, 50_000, 5_000]; // what the store takes

export const EMPTY: Draft = { gtin: "", name: "", price: "", tax: "", weight: "", spread: "" };

/** The form of a product that is there. `decimals`: of the currency. */
export function draftOf(product: Product, decimals: number, language: string): Draft {
  const grams = (value: number): string => shortest(Math.round(value * 10 ** GRAM_DECIMALS), GRAM_DECIMALS, language);
  return {
    gtin: product.gtin,
    name: product.name,
    price: written(product.price_minor, decimals, language),
    tax: shortest(product.tax_bp, TAX_DECIMALS, language),
    weight: grams(product.unit_weight_g),
    spread: product.weight_sd_g === null ? "" : grams(product.weight_sd_g),
  };
}

/** What the form says, or what is wrong in it. */
export function read(draft: Draft, decimals: number): Read {
  const wrong: Partial<Record<DraftField, Wrong>> = {};
  const number = (field: DraftField, places: number, least: number, most: number): number => {
    const told: Typed = typed(draft[field], places);
    if ("wrong" in told) wrong[field] = told.wrong;
    else if (told.units < least * 10 ** places || told.units > most * 10 ** places) wrong[field] = "range";
    return "units" in told ? told.units : 0;
  };
  const gtin = scanned(draft.gtin);
  const gtinIs = gtinWrong(gtin);
  if (gtinIs !== null) wrong.gtin = gtinIs;
  const name = draft.name.trim();
  if (name === "") wrong.name = "empty";
  const price_minor = number("price", decimals, 1 / 10 ** decimals, MOST_MINOR / 10 ** decimals);
  const tax_bp = number("tax", TAX_DECIMALS, 0, MOST_TAX_BP / 10 ** TAX_DECIMALS);
  const unit_weight_g = number("weight", GRAM_DECIMALS, LEAST_G, MOST_G) / 10 ** GRAM_DECIMALS;
  const weight_sd_g = draft.spread.trim() === "" ? null : number("spread", GRAM_DECIMALS, 1 / 10 ** GRAM_DECIMALS, MOST_SPREAD_G) / 10 ** GRAM_DECIMALS;
  return Object.keys(wrong).length > 0 ? { wrong } : { product: { gtin, name, price_minor, tax_bp, unit_weight_g, weight_sd_g } };
}

/** What both the form and the store say of a product. */
export type Described = Pick<Product, "gtin" | "name" | "price_minor" | "tax_bp" | "unit_weight_g"> & { readonly weight_sd_g?: number | null };

/** The fields in which two descriptions differ; all of them where one is new. */
export function edited(one: Described, other: Described | null): readonly DraftField[] {
  if (other === null) return ["gtin", "name", "price", "tax", "weight", "spread"];
  const differ: Record<DraftField, boolean> = {
    gtin: one.gtin !== other.gtin,
    name: one.name !== other.name,
    price: one.price_minor !== other.price_minor,
    tax: one.tax_bp !== other.tax_bp,
    weight: one.unit_weight_g !== other.unit_weight_g,
    spread: (one.weight_sd_g ?? null) !== (other.weight_sd_g ?? null),
  };
  return (Object.keys(differ) as DraftField[]).filter((field) => differ[field]);
}

/** The field that a key of a `[[product]]` table is typed into. */
export const FIELDS: Readonly<Record<string, DraftField>> = { gtin: "gtin", name: "name", price_minor: "price", tax_bp: "tax", unit_weight_g: "weight", weight_sd_g: "spread" };
