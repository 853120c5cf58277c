// Loads XForms with answers in @getodk/xforms-engine and openrosa-xpath-evaluator.
//
// Reads one job as JSON from standard input:
//   {now, forms: {id: {xml, files: {name: text}}},
//    tasks: [{id, form, instance, engine, expressions: [{at, xpath}], state}]}
// Writes {results: {id: {values: [...], nodes: {...}, choices: {...}} | {error}}}.
// A value is {type, string, number, boolean} or {error}. The zone is that of the process (TZ).
// Packages come from the folder in USGA_ENGINES.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import vm from 'node:vm';

const folder = process.env.USGA_ENGINES;
const require = createRequire(join(folder, 'package.json'));
const job = JSON.parse(readFileSync(0, 'utf8'));

fixClock(Date.parse(job.now));
const { JSDOM } = require('jsdom');
const dom = new JSDOM('<!doctype html><html><body/></html>', { url: 'http://localhost/' });
for (const name of ['document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document',
  'XMLDocument', 'HTMLElement', 'Attr', 'Text', 'Comment', 'CDATASection',
  'ProcessingInstruction', 'NodeFilter', 'XPathEvaluator', 'XPathResult', 'DOMException']) {
  if (dom.window[name] !== undefined) globalThis[name] = dom.window[name];
}
globalThis.__dirname = folder;
for (const name of ['log', 'warn', 'error', 'debug', 'info']) console[name] = () => {};
process.on('unhandledRejection', () => {});

const needed = new Set(job.tasks.map((task) => task.engine ?? 'getodk'));
const getodk = needed.has('getodk')
  ? await import(pathToFileURL(require.resolve('@getodk/xforms-engine')).href) : null;
const enketo = needed.has('enketo') ? loadEnketo() : null;
const loaded = new Map();
const results = {};
for (const task of job.tasks) {
  try {
    results[task.id] = (task.engine ?? 'getodk') === 'enketo'
      ? inEnketo(task) : await inGetodk(task);
  } catch (problem) {
    results[task.id] = { error: String(problem?.stack ?? problem).slice(0, 600) };
  }
}
process.stdout.write(JSON.stringify({ results }), () => process.exit(0));

function fixClock(moment) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(moment); }
    static now() { return moment; }
  };
}

async function formOf(id) {
  if (!loaded.has(id)) {
    const { xml, files = {} } = job.forms[id];
    const fetchFormAttachment = async (url) => {
      const name = decodeURIComponent(String(url.href ?? url).split('/').pop());
      if (!(name in files)) return new Response('', { status: 404 });
      const type = name.endsWith('.csv') ? 'text/csv' : 'application/octet-stream';
      return new Response(files[name], { status: 200, headers: { 'Content-Type': type } });
    };
    loaded.set(id, getodk.loadForm(xml, {
      fetchFormAttachment, missingResourceBehavior: getodk.constants.MISSING_RESOURCE_BEHAVIOR.BLANK,
    }));
  }
  const form = await loaded.get(id);
  if (form.status === 'failure') throw form.error;
  return form;
}

async function inGetodk(task) {
  const form = await formOf(task.form);
  const data = new FormData();
  const file = new File([task.instance], 'xml_submission_file', { type: 'text/xml' });
  data.set('xml_submission_file', file);
  const instance = await form.restoreInstance({ data: [data] }, {});
  const root = instance.root;
  const evaluator = root.evaluator;
  const contexts = new Map();
  const contextOf = (at) => {
    if (!contexts.has(at)) {
      const found = evaluator.evaluateNodes(at, { contextNode: root.rootDocument ?? root });
      contexts.set(at, found[0]);
    }
    return contexts.get(at);
  };
  const values = (task.expressions ?? []).map(({ at, xpath }) => {
    try {
      const context = contextOf(at);
      if (!context) return { error: `no node ${at}` };
      return described(evaluator.evaluate(xpath, context, null, 0),
        () => evaluator.evaluate(xpath, context, null, 2).stringValue);
    } catch (problem) {
      return { error: String(problem?.message ?? problem).slice(0, 200) };
    }
  });
  return task.state ? { values, ...stateOf(root) } : { values };
}

function described(result, text) {
  switch (result.resultType) {
    case 1: return { type: 'number', number: String(result.numberValue), string: text() };
    case 2: return { type: 'string', string: result.stringValue };
    case 3: return { type: 'boolean', boolean: result.booleanValue, string: String(result.booleanValue) };
    default: return { type: 'nodes', string: text() };
  }
}

function stateOf(root) {
  const nodes = {};
  const choices = {};
  const visit = (node) => {
    const state = node.currentState;
    for (const child of state.children ?? []) describe(child);
  };
  const describe = (node) => {
    const state = node.currentState;
    const kind = node.nodeType;
    if (kind.startsWith('repeat-range')) {
      for (const instance of state.children) {
        const reference = instance.currentState.reference;
        const relevant = instance.currentState.relevant;
        nodes[reference] = { relevant };
        if (relevant) visit(instance);
      }
      return;
    }
    const reference = state.reference;
    if (!state.relevant) {
      nodes[reference] = { relevant: false };
      if (kind === 'group') visit(node);
      return;
    }
    nodes[reference] = { relevant: true };
    if (kind === 'group') { visit(node); return; }
    const checks = node.validationState;
    Object.assign(nodes[reference], {
      required: state.required,
      valid: checks?.constraint?.valid ?? true,
      missing: !(checks?.required?.valid ?? true),
      value: node.evaluator.evaluateString('string(.)', { contextNode: node }),
    });
    if (['select', 'rank'].includes(kind)) {
      choices[reference] = state.valueOptions.map((option) => option.value);
    }
  };
  visit(root);
  return { nodes, choices };
}

function loadEnketo() {
  return require('openrosa-xpath-evaluator');
}

function inEnketo(task) {
  const parsed = new dom.window.DOMParser().parseFromString(task.instance.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '').replaceAll(/<(\/?)\w+:/g, '<$1'), 'text/xml');
  const evaluate = enketo();
  const values = task.expressions.map(({ at, xpath }) => {
    try {
      const native = parsed.evaluate(at, parsed, null, 9, null).singleNodeValue;
      const result = evaluate.evaluate(xpath, native, () => null, 0);
      return described(result, () => evaluate.evaluate(xpath, native, () => null, 2).stringValue);
    } catch (problem) {
      return { error: String(problem?.message ?? problem).slice(0, 200) };
    }
  });
  return { values };
}
