/** Finds in a source file the sentences that are said (`t`, `rich`, `mark`) and text that should be but is not. Pure. */

import { parseAst } from "vite";

export interface Found {
  /** English sentences handed to `t`, `rich` or `mark`. */
  said: string[];
  /** Text for people that goes past them, with its place. */
  unsaid: Unsaid[];
}

export interface Unsaid {
  text: string;
  line: number;
  start: number;
  end: number;
  node: Node;
}

export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const SAYING = new Set(["t", "rich", "mark"]);
/** Attributes and properties whose value a person reads or hears. */
const READ = new Set(
  "aria-label aria-description aria-roledescription aria-valuetext title placeholder alt label hint empty invitation more sentence done text summary note".split(" "),
);
/** Functions whose first argument a person reads. */
const TELLING = new Set(["toast", "useTitle"]);
/** Methods whose first argument is a name. */
const NAMING = new Set(["get", "set", "has", "append", "setRequestHeader", "addEventListener"]);
/** "Two words", "One sentence.", "Word", also with a number or name in between. */
const LIKE_A_SENTENCE = /^\p{Lu}[\p{L}’']*[ ,:]+\S.*|^\p{Lu}.*[.…!?]$|^\p{Lu}[\p{Ll}’']+$/u;
const LETTERS = /\p{L}/u;
/** Names, not words. */
const NAMES = new Set(["Closetcast"]);

export function find(source: string, name: string): Found {
  const found: Found = { said: [], unsaid: [] };
  const tree = parseAst(source, { lang: name.endsWith("x") ? "tsx" : "ts" }, name) as unknown as Node;
  const lines = source.split("\n");
  const lineOf = (offset: number) => source.slice(0, offset).split("\n").length;

  /** @param read whether a lone word here is for people, too */
  const walk = (node: Node, read: boolean): void => {
    switch (node.type) {
      case "CallExpression":
      case "NewExpression": {
        const callee = (node["callee"] as Node)["name"] as string | undefined;
        const [first, ...rest] = node["arguments"] as Node[];
        if (callee !== undefined && SAYING.has(callee) && first) {
          const text = plain(first);
          if (text !== null) found.said.push(text);
          else walk(first, false);
          for (const each of rest) walk(each, false);
          return;
        }
        // Names of headers and fields.
        const method = ((node["callee"] as Node)["property"] as Node | undefined)?.["name"];
        if (NAMING.has(String(method)) && first) {
          for (const each of rest) walk(each, false);
          return;
        }
        // What is thrown or logged is for people who read source.
        if (callee !== undefined && /Error$/.test(callee) && callee !== "ChannelError") return;
        walk(node["callee"] as Node, false);
        if (first) walk(first, callee !== undefined && TELLING.has(callee));
        for (const each of rest) walk(each, false);
        return;
      }
      case "ImportDeclaration":
      case "ExportAllDeclaration":
      case "TSLiteralType":
      case "TSTypeAnnotation":
      case "TSTypeAliasDeclaration":
      case "TSInterfaceDeclaration":
      case "BinaryExpression":
        if (node.type === "BinaryExpression" && node["operator"] === "+") break;
        return;
      case "JSXAttribute": {
        const value = node["value"] as Node | null;
        if (value) walk(value, READ.has(attribute(node)));
        return;
      }
      case "JSXElement":
      case "JSXFragment":
        if (node["openingElement"]) walk(node["openingElement"] as Node, false);
        for (const child of node["children"] as Node[]) walk(child, true);
        return;
      case "JSXText": {
        const text = (node["value"] as string).trim();
        if (LETTERS.test(text) && !NAMES.has(text)) add(text, node);
        return;
      }
      case "Property": {
        const key = node["key"] as Node;
        walk(node["value"] as Node, READ.has(String(key["name"] ?? key["value"])));
        return;
      }
      case "Literal":
      case "TemplateLiteral": {
        const text = node.type === "Literal" ? node["value"] : quasis(node).join("…");
        if (typeof text === "string" && LETTERS.test(text) && (read || LIKE_A_SENTENCE.test(text)) && !NAMES.has(text)) add(text, node);
        for (const each of (node["expressions"] as Node[] | undefined) ?? []) walk(each, false);
        return;
      }
      case "ConditionalExpression":
        walk(node["test"] as Node, false);
        walk(node["consequent"] as Node, read);
        walk(node["alternate"] as Node, read);
        return;
      case "LogicalExpression":
        walk(node["left"] as Node, node["operator"] !== "&&" && read);
        walk(node["right"] as Node, read);
        return;
      case "JSXExpressionContainer":
        walk(node["expression"] as Node, read);
        return;
    }
    for (const each of children(node)) walk(each, false);
  };
  const add = (text: string, node: Node) => {
    // Text of which a comment in the line above says that it is not for translating.
    const line = lineOf(node.start);
    if (/not translated/.test(lines[line - 2] ?? "")) return;
    found.unsaid.push({ text, line, start: node.start, end: node.end, node });
  };
  walk(tree, false);
  return found;
}

function plain(node: Node): string | null {
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type === "TemplateLiteral" && (node["expressions"] as Node[]).length === 0) return quasis(node).join("");
  if (node.type === "BinaryExpression" && node["operator"] === "+") {
    const left = plain(node["left"] as Node);
    const right = plain(node["right"] as Node);
    return left === null || right === null ? null : left + right;
  }
  return null;
}

function quasis(node: Node): string[] {
  return (node["quasis"] as { value: { cooked: string } }[]).map((each) => each.value.cooked);
}

function attribute(node: Node): string {
  const name = node["name"] as Node;
  return String(name["name"] ?? "");
}

function children(node: Node): Node[] {
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === "typeAnnotation" || key === "typeArguments" || key === "typeParameters" || key === "returnType") return [];
    const each = Array.isArray(value) ? value : [value];
    return each.filter((part): part is Node => typeof (part as Node | null)?.type === "string");
  });
}
