// Renders /openapi.json. Text only ever becomes text nodes, never markup.
"use strict";

const METHODS = ["get", "post", "patch", "delete"];

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolved(spec, value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((found, part) => found[part], spec);
}

function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.filter((value) => value !== "unspecified").join(" | ");
  for (const key of ["oneOf", "anyOf"]) if (schema[key]) return schema[key].map(typeName).join(" or ");
  if (schema.type === "array") return "list of " + typeName(schema.items);
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "any";
  return schema.format ? type + ", " + schema.format : type;
}

function remarks(schema, required) {
  const found = [];
  if (required) found.push("required");
  if (schema.readOnly) found.push("set by the server");
  if (schema["x-facet"]) found.push("facet " + schema["x-facet"]);
  if (schema["x-references"]) found.push("id of " + schema["x-references"]);
  if (schema.maxLength !== undefined) found.push("at most " + schema.maxLength + " characters");
  if (schema.maxItems !== undefined) found.push("at most " + schema.maxItems);
  if (schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < 2 ** 31 - 1) {
    found.push(schema.minimum + " to " + schema.maximum);
  }
  return found.join(", ");
}

function fieldTable(schema) {
  const rows = Object.entries(schema.properties || {}).map(([name, field]) =>
    element("tr", {},
      element("td", {}, element("code", {}, name)),
      element("td", {}, typeName(field)),
      element("td", { class: "muted" }, remarks(field, (schema.required || []).includes(name)))));
  const head = element("tr", {}, ...["Field", "Type", "Remarks"].map((text) => element("th", { scope: "col" }, text)));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

function fields(spec, title, reference) {
  const schema = resolved(spec, reference);
  const variants = schema.oneOf || schema.anyOf || [schema];
  const tables = variants.filter((variant) => variant.properties).map(fieldTable);
  if (!tables.length) return element("p", { class: "muted" }, title + ": " + typeName(reference));
  const name = reference.$ref ? " " + typeName(reference) : "";
  return element("details", {}, element("summary", {}, title + name), ...tables);
}

function parameterTable(spec, parameters) {
  const rows = parameters.map((given) => resolved(spec, given)).map((parameter) =>
    element("tr", {},
      element("td", {}, element("code", {}, parameter.name)),
      element("td", {}, parameter.in + ", " + typeName(parameter.schema)),
      element("td", { class: "muted" }, parameter.description || remarks(parameter.schema, parameter.required))));
  return element("table", {}, element("tbody", {}, ...rows));
}

function content(spec, given) {
  const found = resolved(spec, given);
  return found && found.content ? Object.values(found.content)[0].schema : null;
}

function operation(spec, path, method, described) {
  const body = content(spec, described.requestBody);
  const answers = Object.entries(described.responses)
    .filter(([status]) => status !== "default")
    .map(([status, given]) => {
      const schema = content(spec, given);
      const text = status + ": " + (resolved(spec, given).description || "");
      return schema ? fields(spec, text, schema) : element("p", { class: "muted" }, text);
    });
  return element("article", { id: described.operationId, "data-text": (path + " " + described.summary).toLowerCase() },
    element("h3", {},
      element("span", { class: "method " + method }, method.toUpperCase()),
      element("code", {}, path)),
    element("p", {}, described.summary + "."),
    described.parameters ? parameterTable(spec, described.parameters) : null,
    body ? fields(spec, "Body", body) : null,
    ...answers);
}

function render(spec) {
  const reference = document.getElementById("reference");
  const contents = document.getElementById("contents");
  reference.replaceChildren(
    element("h1", {}, spec.info.title + ", version " + spec.info.version),
    element("p", {}, spec.info.description));
  for (const tag of spec.tags.map((each) => each.name)) {
    const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method] && item[method].tags.includes(tag))
        .map((method) => [path, method, item[method]]));
    if (!operations.length) continue;
    reference.append(element("h2", {}, tag), ...operations.map((each) => operation(spec, ...each)));
    contents.append(element("h2", {}, tag), ...operations.map(([path, method, described]) =>
      element("a", { href: "#" + described.operationId, "data-text": (path + " " + described.summary).toLowerCase() },
        method.toUpperCase() + " " + path)));
  }
}

function filter(words) {
  for (const each of document.querySelectorAll("[data-text]")) {
    each.hidden = !words.every((word) => each.dataset.text.includes(word));
  }
}

async function start() {
  const search = document.getElementById("search");
  search.addEventListener("input", () => filter(search.value.toLowerCase().split(/\s+/).filter(Boolean)));
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(String(answer.status));
    render(await answer.json());
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    document.getElementById("state").textContent = "The reference could not be loaded: " + error.message;
  }
}

start();
